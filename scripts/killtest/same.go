package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// same compares the files of two runs and returns what it has compared: history.json
// except for the times, the bytes of weights.npz, and the names of the epochs'
// checkpoints.
func same(a, b string) ([]string, error) {
	if err := sameHistory(a, b); err != nil {
		return nil, err
	}
	if err := sameBytes(a, b, "weights.npz"); err != nil {
		return nil, err
	}
	if x, y := best(a), best(b); !slices.Equal(x, y) {
		return nil, fmt.Errorf("the best checkpoint is %v without interruption and %v with", x, y)
	}
	return []string{"history.json", "weights.npz", "the best checkpoint"}, nil
}

func sameBytes(a, b, name string) error {
	x, err := os.ReadFile(filepath.Join(a, name))
	if err != nil {
		return err
	}
	y, err := os.ReadFile(filepath.Join(b, name))
	if err == nil && !bytes.Equal(x, y) {
		err = fmt.Errorf("%s differs", name)
	}
	return err
}

func sameHistory(a, b string) error {
	x, err := history(a)
	if err != nil {
		return err
	}
	y, err := history(b)
	if err != nil {
		return err
	}
	for _, column := range slices.Sorted(maps.Keys(x)) {
		if !bytes.Equal(x[column], y[column]) {
			return fmt.Errorf("history.json: %s is %s without interruption and %s with", column, x[column], y[column])
		}
	}
	if len(x) != len(y) {
		return fmt.Errorf("history.json has %d columns without interruption and %d with", len(x), len(y))
	}
	return nil
}

// history returns a run's history.json without the times.
func history(dir string) (map[string]json.RawMessage, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "history.json"))
	if err != nil {
		return nil, err
	}
	var columns map[string]json.RawMessage
	if err := json.Unmarshal(raw, &columns); err != nil {
		return nil, err
	}
	delete(columns, "seconds")
	delete(columns, "train_seconds")
	return columns, nil
}

func best(dir string) []string {
	names, _ := filepath.Glob(filepath.Join(dir, "checkpoint", "best-*")) // a fixed pattern
	for i, name := range names {
		names[i] = filepath.Base(name)
	}
	return names
}
