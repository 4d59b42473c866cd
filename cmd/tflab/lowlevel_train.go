package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/renameio/v2"
	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/cmd/internal/sketch"
	"github.com/tflab/tflab/graphs/lowlevel"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// lowlevelTestImages is how many test images measure the accuracy of a cycle,
// taken at even distances from the whole test set, whose halves are unlike.
const lowlevelTestImages = 1000

func lowlevelTrainCommand() *cli.Command {
	return &cli.Command{
		Name:  "train",
		Usage: "train the network that is made of these functions",
		Flags: append(lowlevelNetworkFlags(100),
			&cli.PathFlag{Name: "out", Usage: "`FOLDER` for accuracy.csv, accuracy.png and filters.png", DefaultText: "runs/lowlevel-TIME"}),
		Action: func(c *cli.Context) error {
			if _, err := operands(c); err != nil {
				return err
			}
			return trainLowlevel(c)
		},
	}
}

// lowlevelNetworkFlags are the flags of train and show that make a network.
func lowlevelNetworkFlags(cycles int) []cli.Flag {
	return append(settingFlags("data"),
		&cli.IntFlag{Name: "cycles", Value: cycles, Usage: "`NUMBER` of cycles, each a pass over --cycle-size training images"},
		&cli.IntFlag{Name: "cycle-size", Value: 500, Usage: "training `IMAGES` of a cycle"},
		&cli.BoolFlag{Name: "pool", Usage: "pool 2x2 after each convolutional layer: faster, and a little more accurate"},
		&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "`NUMBER` from which first weights and the order of images follow"},
		tfLogFlag(),
	)
}

// lowlevelRun is a network with the data it learns from and its training.
type lowlevelRun struct {
	network     *lowlevel.Network
	train, test lowlevel.Examples
	fixed       lowlevel.Examples // the test images that measure a cycle
	training    lowlevel.Training
}

// openLowlevel reads MNIST and makes the network that the flags describe.
// Close its network after use.
func openLowlevel(c *cli.Context) (*lowlevelRun, error) {
	name := commandPath(c)
	for _, flag := range []string{"cycles", "cycle-size"} {
		if n := c.Int(flag); n < 1 {
			return nil, usagef("%s: got --%s %d, want at least 1", name, flag, n)
		}
	}
	data, err := dataset.Open(c.Context, "mnist", dataset.Options{
		Dir:      c.String("data"),
		Progress: c.App.ErrWriter,
		Warn:     consoleOf(c).warn,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	config := lowlevel.Config{Shape: data.Train.Shape(), Classes: len(data.Train.Classes()), Seed: c.Uint64("seed")}
	if c.Bool("pool") {
		config.Pool = 2
	}
	var network *lowlevel.Network
	err = holdLog(c, func() (err error) {
		network, err = lowlevel.NewNetwork(config)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	run := &lowlevelRun{
		network:  network,
		train:    lowlevel.Examples{Images: data.Train.Images(), Labels: data.Train.Labels()},
		test:     lowlevel.Examples{Images: data.Test.Images(), Labels: data.Test.Labels()},
		training: lowlevel.Training{Cycles: c.Int("cycles"), CycleSize: c.Int("cycle-size")},
	}
	run.fixed = run.test.Pick(spread(min(lowlevelTestImages, run.test.Len()), run.test.Len()))
	return run, nil
}

// lowlevelFolder is where the command writes.
func lowlevelFolder(c *cli.Context) string {
	if out := c.Path("out"); out != "" {
		return out
	}
	return filepath.Join("runs", "lowlevel-"+time.Now().Format("20060102-150405"))
}

// spread picks count indices below n at even distances.
func spread(count, n int) []int {
	indices := make([]int, count)
	for i := range indices {
		indices[i] = i * n / count
	}
	return indices
}

func trainLowlevel(c *cli.Context) error {
	out := lowlevelFolder(c)
	table := filepath.Join(out, "accuracy.csv")
	if _, err := os.Lstat(table); err == nil {
		return fmt.Errorf("train: --out: %s is there from an earlier training: name a new folder", table)
	}
	run, err := openLowlevel(c)
	if err != nil {
		return err
	}
	defer run.network.Close()
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("train: --out: %w", err)
	}
	stdout := c.App.Writer
	var cycles []lowlevel.Cycle
	began := time.Now()
	stopped := run.network.Train(c.Context, run.train, run.fixed, run.training, func(cycle lowlevel.Cycle) error {
		cycles = append(cycles, cycle)
		printCycle(stdout, cycle, run.fixed.Len())
		return writeCycles(table, cycles)
	})
	if stopped != nil {
		stopped = fmt.Errorf("train: %w", stopped)
	}
	if len(cycles) == 0 {
		return stopped
	}
	seconds := time.Since(began).Seconds()
	if err := drawTraining(out, run.network, cycles); err != nil { // what there is, even if it was stopped
		return err
	}
	if stopped == nil {
		accuracy, err := run.network.Accuracy(run.test)
		if err != nil {
			return fmt.Errorf("train: %w", err)
		}
		fmt.Fprintf(stdout, "all %d test images: accuracy %.4f\n", run.test.Len(), accuracy)
	}
	fmt.Fprintf(c.App.ErrWriter, "%d cycles in %.1f s; see %s\n", len(cycles)-1, seconds, out)
	return stopped
}

func printCycle(w io.Writer, c lowlevel.Cycle, images int) {
	if c.Number == 0 {
		fmt.Fprintf(w, "untrained: accuracy %.4f on %d test images\n", c.Accuracy, images)
		return
	}
	fmt.Fprintf(w, "cycle %d: accuracy %.4f, training loss %.4f\n", c.Number, c.Accuracy, c.Loss)
}

// writeCycles writes the cycles as CSV; the loss of cycle 0, which trained
// nothing, is empty.
func writeCycles(path string, cycles []lowlevel.Cycle) error {
	var data bytes.Buffer
	w := csv.NewWriter(&data)
	rows := [][]string{{"cycle", "accuracy", "loss"}}
	for _, c := range cycles {
		loss := ""
		if c.Number > 0 {
			loss = strconv.FormatFloat(c.Loss, 'g', 6, 64)
		}
		rows = append(rows, []string{strconv.Itoa(c.Number), strconv.FormatFloat(c.Accuracy, 'g', -1, 64), loss})
	}
	if err := w.WriteAll(rows); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := renameio.WriteFile(path, data.Bytes(), 0o644); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return nil
}

// drawTraining draws accuracy.png and filters.png.
func drawTraining(folder string, network *lowlevel.Network, cycles []lowlevel.Cycle) error {
	curve := sketch.Curve{
		Title: "Network of low-level functions on MNIST",
		XName: "cycle",
		YName: "test accuracy",
	}
	for _, c := range cycles {
		curve.Values = append(curve.Values, c.Accuracy)
	}
	if err := curve.WriteFile(filepath.Join(folder, "accuracy.png")); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	filters, err := network.Filters()
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	picture, err := report.FilterGrid("Filters of the first layer", [4]int(filters.Shape), filters.Values)
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return picture.WriteFile(filepath.Join(folder, "filters.png"))
}
