package profile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tflab/tflab/graphs/trace"
)

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "profile")
	if err := Folder(dir); err != nil {
		t.Fatal(err)
	}
	p := Profile{Network: "net", Untraced: 2 * time.Millisecond, Steps: []trace.Step{
		{Start: time.Unix(1, 0), Duration: 3 * time.Millisecond, Operations: []trace.Operation{
			{Name: "dense/MatMul", Type: "MatMul", Start: time.Unix(1, 0), Duration: 1500 * time.Microsecond},
			{Name: "dense/Relu", Type: "Relu", Start: time.Unix(1, 2e6), Duration: 500 * time.Microsecond}}},
		{Start: time.Unix(2, 0), Duration: 3 * time.Millisecond, Operations: []trace.Operation{
			{Name: "dense/MatMul", Type: "MatMul", Start: time.Unix(2, 0), Duration: 2 * time.Millisecond}}},
	}}
	for range 2 { // the second replaces the first
		if err := p.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	const rows = "name,type,count,time_us,share\ndense/MatMul,MatMul,2,3500.000,0.875000\ndense/Relu,Relu,1,500.000,0.125000\n"
	for name, want := range map[string][]string{
		CSVFile:   {rows},
		TextFile:  {"net: 2 training steps", "A step took 3.000 ms while it was recorded, 2.000 ms before. The times of its operations add up to 2.000 ms", "│ dense/MatMul │ MatMul │     2 │     1.750 │ 87.5 % │"},
		TraceFile: {`"name":"MatMul"`, `"displayTimeUnit":"ms"`},
	} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(string(got), w) {
				t.Errorf("%s has no %q:\n%s", name, w, got)
			}
		}
	}
}

func TestFolderFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Folder(file); err == nil {
		t.Error("a file is taken for a folder")
	}
}
