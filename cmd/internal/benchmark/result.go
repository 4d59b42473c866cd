package benchmark

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"
)

// The files of a benchmark.
const (
	MarkdownFile = "bench.md"
	JSONFile     = "bench.json"
)

// Result is a benchmark, complete or in progress.
type Result struct {
	Machine  Machine    `json:"machine"`
	Notes    []string   `json:"notes,omitempty"`
	Rates    []Rate     `json:"matrix_multiplication"`
	Networks []*Network `json:"networks"`
}

// Write writes the tables and the numbers to a folder, each file atomically.
func (r *Result) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("benchmark: %w", err)
	}
	text := r.Markdown()
	numbers, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("benchmark: %w", err)
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{MarkdownFile, []byte(text)}, {JSONFile, append(numbers, '\n')}} {
		if err := renameio.WriteFile(filepath.Join(dir, f.name), f.data, 0o644); err != nil {
			return fmt.Errorf("benchmark: %w", err)
		}
	}
	return nil
}

// summarise summarizes the measurements so far.
func (r *Result) summarise() {
	for _, n := range r.Networks {
		for _, c := range n.Contenders {
			c.Summary = n.summarise(c, r.Rates)
		}
	}
}

// Find returns the contender with a name, or nil if there is none.
func (n *Network) Find(name string) *Contender {
	i := slices.IndexFunc(n.Contenders, func(c *Contender) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return n.Contenders[i]
}
