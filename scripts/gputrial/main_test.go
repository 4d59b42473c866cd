package main

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestScanGraph(t *testing.T) {
	const graph = `node {
  name: "training/step"
  op: "MatMul"
  device: "/job:localhost/replica:0/task:0/device:GPU:0"
  attr {
    key: "value"
    value {
      s: "  device: :CPU:"
    }
  }
}
node {
  name: "checkpoint/SaveV2"
  op: "SaveV2"
  input: "a"
  device: "/job:localhost/replica:0/task:0/device:CPU:0"
}
node {
  name: "training/order"
  op: "StridedSlice"
  device: "/job:localhost/replica:0/task:0/device:CPU:0"
}
`
	cpu := map[string][]string{}
	gpu, err := scanGraph(bufio.NewScanner(strings.NewReader(graph)), cpu)
	if err != nil || gpu != 1 || len(cpu) != 2 || !slices.Equal(cpu["SaveV2"], []string{"checkpoint/SaveV2"}) || !slices.Equal(cpu["StridedSlice"], []string{"training/order"}) {
		t.Errorf("got %d on the GPU, %v on the CPU, %v", gpu, cpu, err)
	}
	if byDesign("training/order") || !byDesign("checkpoint/SaveV2") {
		t.Error("checkpoints belong on the CPU, and nothing else does")
	}
}

func TestLossesApart(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	for dir, text := range map[string]string{a: `{"loss":[1,2],"val_loss":[4]}`, b: `{"loss":[1,2],"val_loss":[5]}`} {
		if err := os.WriteFile(filepath.Join(dir, "history.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := lossesApart(a, b); err != nil || got != 0.2 {
		t.Errorf("got %g, %v, want 0.2", got, err)
	}
	if got, err := lossesApart(a, a); err != nil || got != 0 {
		t.Errorf("got %g, %v, want 0", got, err)
	}
	if _, err := lossesApart(a, t.TempDir()); err == nil {
		t.Error("a run without a history is no error")
	}
}
