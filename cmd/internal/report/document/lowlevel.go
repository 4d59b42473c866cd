package document

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/tflab/tflab/cmd/internal/report"
)

// lowLevel holds the results of exercise three: the accuracy after each cycle, and
// pictures.
type lowLevel struct {
	accuracy []float64 // accuracy[i] after i cycles
	pictures []*figure
}

// openLowLevel reads the folder that tflab lowlevel train and show wrote, or returns a
// description of the problem.
func openLowLevel(dir string) (l *lowLevel, problem string) {
	path := filepath.Join(dir, "accuracy.csv")
	accuracy, err := readAccuracy(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "The low-level network was not trained."
	}
	if err != nil {
		return nil, "The accuracy of the low-level network cannot be read: " + err.Error() + "."
	}
	l = &lowLevel{accuracy: accuracy}
	shown, _ := filepath.Glob(filepath.Join(dir, "image-*.png")) // the pattern is well-formed
	for _, path := range append([]string{filepath.Join(dir, "filters.png")}, shown...) {
		f, err := readPicture(path)
		if err != nil {
			problem = "A picture of the low-level network is missing: " + err.Error() + "."
			continue
		}
		l.pictures = append(l.pictures, f)
	}
	return l, problem
}

// readAccuracy reads the column "accuracy".
func readAccuracy(path string) ([]float64, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) < 2 || len(rows[0]) < 2 || rows[0][1] != "accuracy" {
		return nil, errors.New(`want a header "cycle,accuracy,…" and a row for each cycle`)
	}
	var values []float64
	for i, row := range rows[1:] {
		v, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		values = append(values, v)
	}
	return values, nil
}

func readPicture(path string) (*figure, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	size, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	name := filepath.Base(path)
	caption := "The output of each stage of the low-level network for one picture."
	if name == "filters.png" {
		caption = "The filters of the first layer of the low-level network after training."
	}
	return &figure{File: PicturesFolder + "/lowlevel-" + name, Caption: caption, Width: min(size.Width/2, 520), PNG: data}, nil
}

// cycles plots the accuracy of the low-level network and shows the output of its
// layers.
func (a *answer) cycles() {
	c := a.lab.cycles
	if c == nil {
		a.lack(a.lab.problem)
		return
	}
	if a.lab.problem != "" {
		a.add(note{a.lab.problem})
	}
	n := len(c.accuracy) - 1
	reached := fmt.Sprintf("the accuracy rises from %s to %s in %d cycles.", percent(c.accuracy[0]), percent(c.accuracy[n]), n)
	a.draw("lowlevel-", Picture{Picture: report.CyclePlot("Low-level network", "test accuracy", c.accuracy), Name: "accuracy",
		Caption: fmt.Sprintf("Accuracy on a fixed set of test images over %d cycles of training.", n), Alt: "A line chart: " + reached})
	var row figures
	for _, p := range c.pictures {
		row.All = append(row.All, a.lab.gallery.add(p))
	}
	if len(row.All) > 0 {
		a.add(row)
	}
}
