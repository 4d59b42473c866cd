// Command gpucount trains a network on a simulated GPU that only counts, and prints the
// cost of a step: kernel launches and copied bytes, from the difference of two runs,
// and the time on an assumed GPU.
//
//	go run ./scripts/gpucount [-network NAME] [-tflab bin/tflab] [FLAGS OF TRAIN...]
//
// It needs a tflab built with TensorFlow's CUDA build, root privileges, and in
// TFLAB_FAKEGPU the folder of stand-ins for NVIDIA's libraries. The times are a model,
// not those of a real GPU: each launch costs the host 2.2 microseconds, a kernel takes
// 2, a product 4.5 and a convolution 20.
package main

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

func main() {
	network := flag.String("network", "mnist-mlp-relu", "the `NAME` of the network")
	tflab := flag.String("tflab", "bin/tflab", "the `PATH` of tflab")
	limit := flag.Int("limit", 12800, "number of training examples")
	batch := flag.Int("batch-size", 128, "number of examples per step")
	flag.Parse()
	if err := run(trial{*network, *tflab, *limit, *batch, flag.Args()}); err != nil {
		fmt.Fprintln(os.Stderr, "gpucount:", err)
		os.Exit(1)
	}
}

func run(t trial) error {
	work, err := os.MkdirTemp("", "gpucount-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	c, err := t.count(work)
	if err != nil {
		return err
	}
	fmt.Printf("%s: a step launches %.1f kernels and graphs, copies %.0f B to the host and %.0f B from it\n", t.network, c.launches, c.toHost, c.fromHost)
	if _, err := t.train(filepath.Join(work, "timed"), 6, "FAKE_TL=1", "FAKE_LAUNCH_NS=2200"); err != nil {
		return err
	}
	seconds, err := epochSeconds(filepath.Join(work, "timed", "history.csv"))
	if err != nil {
		return err
	}
	slices.Sort(seconds)
	fmt.Printf("%s: %.0f us a step (median of %d epochs; counted work, not a GPU)\n", t.network, 1e6*seconds[len(seconds)/2]/float64(t.steps()), len(seconds))
	return nil
}

// trial describes what to train and how.
type trial struct {
	network, tflab string
	limit, batch   int
	flags          []string
}

func (t trial) steps() int { return (t.limit + t.batch - 1) / t.batch }

// train writes a run to dir and returns the program's output.
func (t trial) train(dir string, epochs int, env ...string) (string, error) {
	args := append([]string{t.tflab, "train", t.network, "--limit", strconv.Itoa(t.limit), "--batch-size", strconv.Itoa(t.batch), "--validation", "none",
		"--epochs", strconv.Itoa(epochs), "--out", dir, "--checkpoint-every", "99", "--verbose", "0"}, t.flags...)
	c := exec.Command(filepath.Join(os.Getenv("TFLAB_FAKEGPU"), "with-gpu"), args...)
	c.Env = append(os.Environ(), env...)
	out, err := c.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", t.network, err, out)
	}
	return string(out), nil
}

// perStep holds the stand-ins' counts for a step.
type perStep struct{ launches, toHost, fromHost float64 }

// count returns the difference of runs of 2 and 4 epochs, which write the same number
// of checkpoints: the best and the last.
func (t trial) count(work string) (perStep, error) {
	var counts [2]map[string]count
	for i := range counts {
		dir := filepath.Join(work, strconv.Itoa(i))
		if _, err := t.train(dir, 2+2*i, "FAKE_NOW="+dir+".counts"); err != nil {
			return perStep{}, err
		}
		var err error
		if counts[i], err = readCounts(dir + ".counts"); err != nil {
			return perStep{}, err
		}
	}
	of := func(kind string) (times, bytes float64) {
		steps, before, after := float64(2*t.steps()), counts[0][kind], counts[1][kind]
		return float64(after.times-before.times) / steps, float64(after.bytes-before.bytes) / steps
	}
	var p perStep
	p.launches, _ = of("launch")
	_, p.toHost = of("copy:DtoH")
	_, p.fromHost = of("copy:HtoD")
	return p, nil
}

type count struct{ times, bytes int }

// readCounts sums the counts in a file of the stand-ins (name, times, bytes) by kind,
// the prefix of the name.
func readCounts(path string) (map[string]count, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	all := map[string]count{}
	for line := range strings.Lines(string(raw)) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 3 {
			return nil, fmt.Errorf("%s: line %q: want name, times and bytes", path, line)
		}
		kind := fields[0]
		if prefix, _, ok := strings.Cut(kind, ":"); ok && prefix == "launch" {
			kind = prefix
		}
		n, err := strconv.Atoi(fields[1])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		b, err := strconv.Atoi(fields[2])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		c := all[kind]
		all[kind] = count{c.times + n, c.bytes + b}
	}
	return all, nil
}

// epochSeconds returns the training times of all epochs but the first.
func epochSeconds(path string) ([]float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 3 {
		return nil, fmt.Errorf("%s: want epochs: %w", path, err)
	}
	column := slices.Index(rows[0], "train_seconds")
	var all []float64
	for _, row := range rows[2:] {
		v, err := strconv.ParseFloat(row[column], 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, v)
	}
	return all, nil
}
