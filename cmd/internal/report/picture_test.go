package report

import (
	"bytes"
	"flag"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tflab/tflab/graphs/fit"
)

var regen = flag.Bool("regen", false, "write the golden pictures instead of comparing with them")

// tolerance is the largest difference of a colour channel, 0 to 255, from the golden
// picture. It allows for the rounding of another processor, but not for another
// picture.
const tolerance = 25

// golden compares a picture with testdata/NAME.png. With -regen it writes that file
// instead; look at the file before you commit it.
func golden(t *testing.T, name string, p Picture) {
	t.Helper()
	path := filepath.Join("testdata", name+".png")
	if *regen {
		if err := p.WriteFile(path); err != nil {
			t.Fatal(err)
		}
		return
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatalf("%v: make it with go test -regen", err)
	}
	defer file.Close()
	want, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	var data bytes.Buffer
	if err := p.Encode(&data, "png"); err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(&data)
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds() != want.Bounds() {
		t.Fatalf("size %v, want that of %s, %v", got.Bounds(), path, want.Bounds())
	}
	if n := differing(got, want); n > 0 {
		t.Errorf("%d values differ from %s; if they should, run go test -regen and look at it", n, path)
	}
}

// differing counts the pixel channels of two opaque pictures of one size that differ by
// more than the tolerance.
func differing(a, b image.Image) int {
	x, y := a.(*image.RGBA).Pix, b.(*image.RGBA).Pix // the type to which image/png decodes an opaque picture
	n := 0
	for i, v := range x {
		if max(v, y[i])-min(v, y[i]) > tolerance {
			n++
		}
	}
	return n
}

// learning returns the history of a made-up run: training approaches best, and
// validation lags by a growing distance.
func learning(epochs int, best, gap float64) *fit.History {
	h := &fit.History{Test: &fit.Score{Loss: 0.1, Accuracy: best}}
	for i := range epochs {
		share := 1 - math.Pow(0.65, float64(i+1))
		h.Epochs = append(h.Epochs, fit.Epoch{
			Epoch:         i,
			Training:      fit.Score{Accuracy: best*share + 0.2*(1-share), Loss: 2.3*(1-share) + 0.05},
			Validation:    &fit.Score{Accuracy: (best-gap*float64(i))*share + 0.25*(1-share), Loss: 2.1*(1-share) + 0.06 + gap*float64(i)},
			TrainDuration: 4 + 0.1*float64(i%3),
			Duration:      5 + 0.1*float64(i%3),
		})
	}
	return h
}

func without(h *fit.History) *fit.History {
	for i := range h.Epochs {
		h.Epochs[i].Validation = nil
	}
	return h
}

func diverged() *fit.History {
	h := learning(6, 0.9, 0.01)
	for i := 3; i < 6; i++ {
		h.Epochs[i].Training.Loss = math.NaN()
		h.Epochs[i].Validation.Loss = math.Inf(1)
	}
	h.Epochs[1].Validation.Loss = math.NaN()
	return h
}

func labRuns() []Run {
	return []Run{
		{Name: "mnist-mlp-linear", Network: "mnist-mlp-linear", History: learning(12, 0.92, 0.001)},
		{Name: "mnist-mlp-relu", Network: "mnist-mlp-relu", History: learning(12, 0.98, 0.002)},
		{Name: "mnist-cnn", Network: "mnist-cnn", History: learning(6, 0.95, 0.001)},
		{Name: "mnist-cnn-dropout", Network: "mnist-cnn-dropout", History: learning(6, 0.93, 0)},
		{Name: "cifar10-cnn", Network: "cifar10-cnn", History: learning(20, 0.8, 0.005)},
	}
}

// threeSeeds returns a network trained with three seeds.
func threeSeeds(network string, best float64) Run {
	return Run{Name: network, Network: network, History: learning(8, best, 0.002),
		Others: []*fit.History{learning(8, best-0.04, 0.004), learning(8, best+0.01, 0.008)}}
}

func TestGolden(t *testing.T) {
	relu := "mnist-mlp-relu"
	tests := map[string]Picture{
		"history":           HistoryPlot(Run{Name: relu, Network: relu, History: learning(12, 0.98, 0.003)}),
		"history-long":      HistoryPlot(Run{Name: "cifar10-cnn, a run of many epochs", Network: "cifar10-cnn", History: learning(120, 0.98, 0.001)}),
		"history-one-epoch": HistoryPlot(Run{Name: "mnist-cnn", Network: "mnist-cnn", History: learning(1, 0.98, 0)}),
		"history-unvalued":  HistoryPlot(Run{Name: relu, Network: relu, History: without(learning(6, 0.98, 0))}),
		"history-nan":       HistoryPlot(Run{Name: "diverged", Network: "my-net", History: diverged()}),
		"history-empty":     HistoryPlot(Run{Name: relu, Network: relu, History: &fit.History{}}),
		"overlay":           Overlay("Validation, all networks", labRuns()),
		"overlay-same":      Overlay("One network, three seeds", []Run{{Name: "seed 1", Network: relu, History: learning(8, 0.98, 0)}, {Name: "seed 2", Network: relu, History: learning(8, 0.96, 0)}, {Name: "seed 3", Network: relu, History: learning(8, 0.94, 0.01)}, {Name: "unvalidated", Network: relu, History: without(learning(3, 0.9, 0))}}),
		"history-seeds":     HistoryPlot(threeSeeds(relu, 0.98)),
		"overlay-seeds":     Overlay("Two networks, three seeds", []Run{threeSeeds(relu, 0.98), threeSeeds("mnist-cnn", 0.9)}),
		"sides":             sidesPlot("mnist-cnn, validation", 0),
		"sides-apart":       sidesPlot("mnist-cnn, training", 0.05),
		"gap":               GapPlot("Gap between training and validation", labRuns()),
		"cycles":            CyclePlot("Low-level network", "test accuracy", rise(100, 0.9)),
		"confusion":         ConfusionPlot("cifar10-cnn, test set", cifar, confusion(10, 1000)),
		"confusion-digits":  ConfusionPlot("mnist-cnn, test set", digits, confusion(10, 100)),
		"confusion-many":    ConfusionPlot("A folder of many classes", strings.Split(strings.Repeat("class name,", 29)+"class name", ","), confusion(30, 50)),
		"cost":              CostPlot("Time and size", costs()),
		"filters-grey":      filters(t, [4]int{3, 3, 1, 32}),
		"filters-colour":    filters(t, [4]int{3, 3, 3, 32}),
		"filters-deep":      filters(t, [4]int{5, 5, 8, 6}),
		"guesses":           GuessGrid("mnist-cnn, the surest mistakes", guesses(12)),
		"guesses-none":      GuessGrid("mnist-cnn, the surest mistakes", nil),
	}
	for name, p := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, name, p)
		})
	}
}

// sidesPlot draws two programs whose accuracies differ by apart; if they differ, only
// the first has losses.
func sidesPlot(title string, apart float64) Picture {
	a := Side{Name: "Keras", Accuracy: rise(6, 0.9), Loss: decay(6, 0.8)}
	b := Side{Name: "tflab", Accuracy: rise(6, 0.9-apart)}
	if apart == 0 {
		b.Loss = a.Loss
	}
	return SidesPlot(title, a, b)
}

func decay(n int, from float64) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = from * math.Exp(-float64(i)/30)
	}
	return values
}

func rise(n int, to float64) []float64 {
	values := decay(n, to)
	for i := range values {
		values[i] = to - values[i]
	}
	return values
}

var (
	digits = strings.Split("0123456789", "")
	cifar  = strings.Fields("airplane automobile bird cat deer dog frog horse ship truck")
)

// confusion returns a made-up matrix with most counts on its diagonal.
func confusion(n, examples int) [][]int {
	counts := make([][]int, n)
	for i := range counts {
		counts[i] = make([]int, n)
		left := examples
		for j := range n {
			if wrong := examples * ((i*7 + j*3) % 5) / 60; i != j && (i+j)%3 == 0 && wrong < left {
				counts[i][j] = wrong
				left -= wrong
			}
		}
		counts[i][i] = left
	}
	return counts
}

func costs() []Cost {
	var all []Cost
	sizes := [][2]int{{203530, 203264}, {203530, 203264}, {1199882, 11992448}, {1199882, 11992448}, {624106, 13_000_000}}
	for i, r := range labRuns() {
		all = append(all, Cost{r.Name, r.Network, r.History, sizes[i][0], sizes[i][1]})
	}
	return append(all, Cost{"stopped", "my-net", &fit.History{}, 1000, 1000})
}

func filters(t *testing.T, shape [4]int) Picture {
	t.Helper()
	kernel := make([]float32, shape[0]*shape[1]*shape[2]*shape[3])
	for i := range kernel {
		kernel[i] = float32(math.Sin(float64(i*i))) / 4
	}
	p, err := FilterGrid("First convolution", shape, kernel)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func guesses(n int) []Guess {
	var all []Guess
	for i := range n {
		img := image.NewGray(image.Rect(0, 0, 28, 28))
		for p := range img.Pix {
			img.Pix[p] = uint8(p * (i + 1))
		}
		all = append(all, Guess{Image: img, Label: cifar[i%10], Guess: cifar[(i+1)%10], Probability: 1 - float64(i)/20})
	}
	return all
}

func TestFilterGridRefuses(t *testing.T) {
	tests := map[string]struct {
		shape  [4]int
		kernel []float32
	}{
		"too few": {[4]int{3, 3, 1, 2}, make([]float32, 17)},
		"none":    {[4]int{0, 3, 1, 2}, nil},
		"NaN":     {[4]int{1, 1, 1, 1}, []float32{float32(math.NaN())}},
	}
	for name, test := range tests {
		if _, err := FilterGrid("", test.shape, test.kernel); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestFormats(t *testing.T) {
	p := HistoryPlot(labRuns()[0])
	starts := map[string]string{"png": "\x89PNG\r\n", "svg": "<?xml", "pdf": "%PDF-"}
	for format, start := range starts {
		path := filepath.Join(t.TempDir(), "picture."+format)
		if err := p.WriteFile(path); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(data, []byte(start)) {
			t.Errorf("%s: begins with %q, want %q", format, data[:8], start)
		}
	}
	err := p.WriteFile(filepath.Join(t.TempDir(), "picture.bmp"))
	if err == nil || !strings.Contains(err.Error(), "png, svg, pdf") {
		t.Errorf("bmp: got %v, want an error that names the formats", err)
	}
}
