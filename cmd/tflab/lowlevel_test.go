package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/csv"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/tflab/tflab/graphs/npy"
)

// runLowlevel runs a command line and returns its exit status and output.
func runLowlevel(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = run(ctx, append([]string{"tflab", "lowlevel"}, args...), &out, &err)
	return status, out.String(), err.String()
}

// The inputs have several dtypes, byte orders and memory orders. testdata's make.py
// wrote them; NumPy computed the expected results.
func TestLowlevelFiles(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"conv2d --input grey --filters filters-grey", "conv2d-grey"},
		{"conv2d --input colour --filters filters-colour", "conv2d-colour"},
		{"relu --input grey", "relu-grey"},
		{"relu --input colour", "relu-colour"},
		{"maxpool --input grey --extent 2", "maxpool-grey"},
		{"maxpool --input colour --extent 2", "maxpool-colour"},
		{"normalize --input grey", "normalize-grey"},
		{"normalize --input colour", "normalize-colour"},
		{"normalize --input flat", "normalize-flat"},
		{"dense --input grey --weights weights-grey --bias bias-grey", "dense-grey"},
		{"dense --input colour --weights weights-colour --bias bias-colour", "dense-colour"},
		{"softmax --input grey", "softmax-grey"},
		{"softmax --input colour", "softmax-colour"},
		{"softmax --input extreme", "softmax-extreme"},
	} {
		t.Run(c.args, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.npy")
			args := append(inTestdata(strings.Fields(c.args)), "--out", out)
			if status, stdout, stderr := runLowlevel(context.Background(), args...); status != 0 || stdout+stderr != "" {
				t.Fatalf("status %d, wrote %q and %q, want 0 and nothing", status, stdout, stderr)
			}
			got, err := npy.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			want, err := npy.ReadFile(testdata("want-" + c.want))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Shape, want.Shape) || got.DType() != "float32" {
				t.Fatalf("%s of shape %v, want float32 of %v", got.DType(), got.Shape, want.Shape)
			}
			for i, w := range want.Float64() {
				if g := got.Float64()[i]; !(math.Abs(g-w) <= 1e-6*math.Max(1, math.Abs(w))) {
					t.Fatalf("element %v is %g, want %g", position(i, got.Shape), g, w)
				}
			}
		})
	}
}

func testdata(name string) string { return filepath.Join("testdata", "lowlevel", name+".npy") }

// inTestdata adds the folder to the names of inputs.
func inTestdata(args []string) []string {
	for i, a := range args {
		if i > 0 && !strings.HasPrefix(a, "-") && args[i-1] != "--extent" && args[i-1] != "--out" {
			args[i] = testdata(a)
		}
	}
	return args
}

func TestLowlevelFileErrors(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct {
		args   string
		status int
		want   string // part of the line
	}{
		{"relu --input absent --out x", 1, "relu: --input: open testdata/lowlevel/absent.npy: no such file"},
		{"relu --input ../../lowlevel_test.go --out x", 1, "npy"},
		{"conv2d --input grey --filters filters-colour --out x", 1, "conv2d: got filters of 2x3x3x4 for an input of 6x5"},
		{"conv2d --input extreme --filters filters-grey --out x", 1, "conv2d: got input of length 3: want HxW, HxWxC"},
		{"conv2d --input filters-grey --filters filters-colour --out x", 1, "conv2d: got filters of 2x3x3x4 for an input of 3x2x4"},
		{"conv2d --input colour --filters weights-grey --out x", 1, "conv2d: got filters of 30x4: want KHxKWxF"},
		{"conv2d --input nan --filters filters-grey --out x", 1, "conv2d: got filters of 3x2: want at most the height and width of the input, 2x2"},
		{"maxpool --input grey --extent 0 --out x", 1, "maxpool: got extent 0: want 1 to 5"},
		{"maxpool --input grey --extent 6 --out x", 1, "maxpool: got extent 6: want 1 to 5"},
		{"maxpool --input grey --extent two --out x", 2, "extent"},
		{"maxpool --input grey --out x", 2, "maxpool: --extent is missing"},
		{"normalize --input extreme --out x", 1, "normalize: got input of length 3"},
		{"dense --input grey --weights weights-colour --bias bias-colour --out x", 1, "dense: got weights of 126x4 for input of length 30"},
		{"dense --input grey --weights weights-grey --bias extreme --out x", 1, "dense: got bias of length 3: want length 4"},
		{"softmax --input nan --out x", 1, "softmax: --input: testdata/lowlevel/nan.npy: element [1 0] is NaN: want finite numbers"},
		{"softmax --input infinite --out x", 1, "element [1] is +Inf"},
		{"relu --input large --out x", 1, "relu: result: element [0] is 1e+300: want numbers in the range of float32"},
		{"relu --input grey --out " + filepath.Join(folder, "no", "where.npy"), 1, "relu: --out: "},
		{"relu --out x", 2, "relu: --input is missing"},
		{"relu --input grey", 2, "relu: --out is missing"},
		{"relu grey --input grey --out x", 2, "relu: "},
		{"relu --inputs grey --out x", 2, "-inputs"},
		{"sigmoid", 2, `lowlevel: unknown function "sigmoid": want one of conv2d, relu, maxpool, normalize, dense, softmax, train, show`},
	} {
		t.Run(c.args, func(t *testing.T) {
			args := strings.Fields(strings.Replace(c.args, "--out x", "--out "+filepath.Join(folder, "x.npy"), 1))
			status, stdout, stderr := runLowlevel(context.Background(), inTestdata(args)...)
			if status != c.status || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 || stdout != "" {
				t.Errorf("status %d, wrote %q and %q, want %d and one line with %q", status, stdout, stderr, c.status, c.want)
			}
			if _, err := os.Stat(filepath.Join(folder, "x.npy")); err == nil {
				t.Error("a result was written")
			}
		})
	}
}

// digits writes a folder of MNIST images in which a bright column indicates the class.
func digits(t *testing.T) string {
	t.Helper()
	const side = 28
	folder, r := t.TempDir(), rand.New(rand.NewPCG(1, 1))
	for split, count := range map[string]int{"train": 60, "t10k": 20} {
		images := binary.BigEndian.AppendUint32(nil, 0x803)
		labels := binary.BigEndian.AppendUint32(nil, 0x801)
		labels = binary.BigEndian.AppendUint32(labels, uint32(count))
		for _, extent := range []int{count, side, side} {
			images = binary.BigEndian.AppendUint32(images, uint32(extent))
		}
		for i := range count {
			labels = append(labels, byte(i%10))
			for pixel := range side * side {
				v := r.IntN(50)
				if pixel%side/2 == 2+i%10 {
					v += 200
				}
				images = append(images, byte(v))
			}
		}
		for name, data := range map[string][]byte{"images-idx3": images, "labels-idx1": labels} {
			if err := os.WriteFile(filepath.Join(folder, split+"-"+name+"-ubyte"), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return folder
}

func TestLowlevelTrain(t *testing.T) {
	data, out := digits(t), filepath.Join(t.TempDir(), "run")
	args := []string{"train", "--pool", "--cycles", "8", "--cycle-size", "60", "--data", data, "--out"}
	status, stdout, stderr := runLowlevel(context.Background(), append(args, out)...)
	if status != 0 {
		t.Fatalf("status %d, %s", status, stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if len(lines) != 10 || !strings.HasPrefix(lines[0], "untrained: ") || !strings.HasPrefix(lines[8], "cycle 8: ") {
		t.Errorf("stdout is\n%swant a line for untrained, for each of 8 cycles and for all test images", stdout)
	}
	accuracy := accuracies(t, out)
	if len(accuracy) != 9 || accuracy[0] > 0.5 || accuracy[8] < 0.9 {
		t.Errorf("accuracies are %v, want 9 from about 0.1 to about 1", accuracy)
	}
	for _, name := range []string{"accuracy.png", "filters.png"} {
		wantPicture(t, filepath.Join(out, name))
	}

	again := filepath.Join(t.TempDir(), "again")
	if _, repeated, _ := runLowlevel(context.Background(), append(args, again)...); repeated != stdout {
		t.Errorf("the same seed printed\n%sand then\n%s", stdout, repeated)
	}
	status, _, stderr = runLowlevel(context.Background(), append(args, out)...)
	if status != 1 || !strings.Contains(stderr, "from an earlier training") {
		t.Errorf("a second run into the folder: status %d, %s", status, stderr)
	}
}

// Real digits, in fewer than half of the lab's hundred cycles.
func TestLowlevelTrainMNIST(t *testing.T) {
	data := os.Getenv("TFLAB_DATA")
	if data == "" || testing.Short() {
		t.Skip("set TFLAB_DATA to a folder with MNIST, and leave out -short, to train on it")
	}
	out := filepath.Join(t.TempDir(), "run")
	status, _, stderr := runLowlevel(context.Background(),
		"train", "--pool", "--cycles", "40", "--data", data, "--out", out)
	if status != 0 {
		t.Fatalf("status %d, %s", status, stderr)
	}
	accuracy := accuracies(t, out)
	if first, last := accuracy[0], accuracy[len(accuracy)-1]; first > 0.2 || last < 0.95 {
		t.Errorf("accuracy went from %g to %g, want from about 0.1 to at least 0.95", first, last)
	}
}

// accuracies reads the second column of accuracy.csv.
func accuracies(t *testing.T, folder string) []float64 {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, "accuracy.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || !slices.Equal(rows[0], []string{"cycle", "accuracy", "loss"}) {
		t.Fatalf("accuracy.csv: %v, heading %v", err, rows)
	}
	var out []float64
	for i, row := range rows[1:] {
		v, err := strconv.ParseFloat(row[1], 64)
		if err != nil || row[0] != strconv.Itoa(i) {
			t.Fatalf("accuracy.csv: row %v, want cycle %d and a number", row, i)
		}
		out = append(out, v)
	}
	return out
}

func wantPicture(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := png.Decode(f); err != nil {
		t.Errorf("%s: %v", path, err)
	}
}

// stopAfter cancels a command when it has written a text.
type stopAfter struct {
	bytes.Buffer
	text string
	stop func()
}

func (s *stopAfter) Write(p []byte) (int, error) {
	if strings.Contains(string(p), s.text) {
		s.stop()
	}
	return s.Buffer.Write(p)
}

func TestLowlevelTrainInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	out := filepath.Join(t.TempDir(), "run")
	stdout := &stopAfter{text: "cycle 2:", stop: func() { cancel(interrupted{syscall.SIGINT}) }}
	var stderr bytes.Buffer
	status := run(ctx, []string{"tflab", "lowlevel", "train", "--pool", "--data", digits(t), "--out", out}, stdout, &stderr)
	if status != 130 || !strings.Contains(stderr.String(), "tflab: train: cycle 3: interrupted") {
		t.Errorf("status %d, %s, want 130 and a line that says where", status, stderr.String())
	}
	if got := accuracies(t, out); len(got) != 3 {
		t.Errorf("accuracies are %v, want those of three cycles", got)
	}
	wantPicture(t, filepath.Join(out, "accuracy.png"))
	wantPicture(t, filepath.Join(out, "filters.png"))
}

func TestLowlevelShow(t *testing.T) {
	data, out := digits(t), t.TempDir()
	status, stdout, stderr := runLowlevel(context.Background(),
		"show", "--image", "13", "--cycles", "2", "--cycle-size", "20", "--data", data, "--out", out)
	if status != 0 || strings.Count(stdout, "\n") != 10 || !strings.HasPrefix(stdout, "0: 0.") {
		t.Errorf("status %d, %s%s, want 0 and ten probabilities", status, stdout, stderr)
	}
	wantPicture(t, filepath.Join(out, "image-13.png"))
	for _, c := range []struct{ flag, value, want string }{
		{"--image", "20", "show: got --image 20: want 0 to 19"},
		{"--cycles", "0", "show: got --cycles 0: want at least 1"},
	} {
		status, _, stderr := runLowlevel(context.Background(), "show", c.flag, c.value, "--data", data, "--out", out)
		if status != 2 || !strings.Contains(stderr, c.want) {
			t.Errorf("status %d, %s, want 2 and %q", status, stderr, c.want)
		}
	}
}
