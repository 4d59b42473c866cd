package main

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// byDesign reports whether a node belongs on the CPU: checkpoints are files, and file
// names and contents are handled by the CPU.
func byDesign(node string) bool { return strings.HasPrefix(node, "checkpoint/") }

// placement makes TensorFlow dump the graphs with their placement, and counts the
// operations of the training step on the CPU.
func (t *trial) placement(ctx context.Context) (string, error) {
	var report strings.Builder
	stray := 0
	for _, n := range networks {
		dumps := filepath.Join(t.out, "graphs", n)
		if err := os.MkdirAll(dumps, 0o755); err != nil {
			return "", err
		}
		environment := []string{"TF_DUMP_GRAPH_PREFIX=" + dumps, "TF_CPP_VMODULE=placer=3"}
		if _, err := t.train(ctx, "placement/"+n, n, environment, "--limit", "256", "--epochs", "1", "--device", t.device); err != nil && !t.counting { // its predictions may be NaN
			return "", err
		}
		gpu, cpu, err := placed(dumps)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&report, "%s: %d nodes on the GPU\n", n, gpu)
		for _, op := range slices.Sorted(maps.Keys(cpu)) {
			mark, example := "by design", cpu[op][0]
			if i := slices.IndexFunc(cpu[op], func(node string) bool { return !byDesign(node) }); i >= 0 {
				mark, example, stray = "NOT by design", cpu[op][i], stray+1
			}
			fmt.Fprintf(&report, "  on the CPU, %s: %d %s, such as %s\n", mark, len(cpu[op]), op, example)
		}
		if gpu == 0 {
			return "", fmt.Errorf("%s: TensorFlow dumped no graph with a node on a GPU to %s", n, dumps)
		}
	}
	if err := os.WriteFile(filepath.Join(t.out, "placement.txt"), []byte(report.String()), 0o644); err != nil {
		return "", err
	}
	if stray > 0 {
		return "", fmt.Errorf("%d kinds of operations are on the CPU that should not be: see placement.txt", stray)
	}
	return fmt.Sprintf("no node of %d networks is on the CPU except those of checkpoints, by design", len(networks)), nil
}

// placed reads the dumped graphs and returns the number of nodes on a GPU and, by
// operation, the nodes on the CPU.
func placed(dir string) (gpu int, cpu map[string][]string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "placer_output*.pbtxt"))
	if err != nil {
		return 0, nil, err
	}
	cpu = map[string][]string{}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return 0, nil, err
		}
		n, err := scanGraph(bufio.NewScanner(f), cpu)
		f.Close()
		if err != nil {
			return 0, nil, fmt.Errorf("%s: %w", name, err)
		}
		gpu += n
	}
	return gpu, cpu, nil
}

// scanGraph reads a GraphDef in text form. The fields of a node are indented by two
// spaces, those within its attributes by more.
func scanGraph(lines *bufio.Scanner, cpu map[string][]string) (gpu int, err error) {
	lines.Buffer(nil, 64<<20) // a constant is on one line
	var node, op string
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "node {"):
			node, op = "", ""
		case strings.HasPrefix(line, "  name: "):
			node = strings.Trim(line[len("  name: "):], `"`)
		case strings.HasPrefix(line, "  op: "):
			op = strings.Trim(line[len("  op: "):], `"`)
		case strings.HasPrefix(line, "  device: ") && strings.Contains(line, ":GPU:"):
			gpu++
		case strings.HasPrefix(line, "  device: ") && strings.Contains(line, ":CPU:"):
			cpu[op] = append(cpu[op], node)
		}
	}
	return gpu, lines.Err()
}
