package cuda

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

// container returns GPU code in nvcc's format: kind, capability and PTX version of each
// entry, and filler bytes for its code.
func container(entries ...[4]int) []byte {
	var all []byte
	for _, e := range entries {
		code := bytes.Repeat([]byte{0xAA}, 24)
		header := make([]byte, 64)
		binary.LittleEndian.PutUint16(header, uint16(e[0]))
		binary.LittleEndian.PutUint32(header[4:], uint32(len(header)))
		binary.LittleEndian.PutUint64(header[8:], uint64(len(code)))
		binary.LittleEndian.PutUint16(header[24:], uint16(e[3]))
		binary.LittleEndian.PutUint16(header[26:], uint16(e[2]))
		binary.LittleEndian.PutUint32(header[28:], uint32(e[1]))
		all = append(append(all, header...), code...)
	}
	header := make([]byte, fatbinHeader)
	binary.LittleEndian.PutUint32(header, fatbinMagic)
	binary.LittleEndian.PutUint16(header[4:], 1)
	binary.LittleEndian.PutUint16(header[6:], fatbinHeader)
	binary.LittleEndian.PutUint64(header[8:], uint64(len(all)))
	return append(header, all...)
}

func scan(b []byte) (Embedded, error) { return scanFatbins(bytes.NewReader(b), int64(len(b))) }

func TestScan(t *testing.T) {
	two := append(container([4]int{2, 80, 0, 0}, [4]int{2, 60, 0, 0}), make([]byte, 16)...)
	two = append(two, container([4]int{2, 80, 0, 0}, [4]int{2, 89, 0, 0}, [4]int{1, 90, 8, 3}, [4]int{7, 99, 0, 0})...)
	e, err := scan(two)
	if err != nil {
		t.Fatal(err)
	}
	want := Embedded{Machine: []Capability{{6, 0}, {8, 0}, {8, 9}}, PTX: []Capability{{9, 0}}, Toolkit: Version{12, 3, 0}}
	if got, want := describe(e), describe(want); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for c, want := range map[Capability]Fit{{5, 2}: None, {6, 0}: Native, {6, 1}: Native, {7, 5}: None, {8, 6}: Native, {8, 9}: Native, {9, 0}: Compile, {12, 0}: Compile} {
		if got := e.Fit(c); got != want {
			t.Errorf("%v: got %v, want %v", c, got, want)
		}
	}
}

func describe(e Embedded) string {
	var b strings.Builder
	for _, c := range e.Machine {
		b.WriteString("sm " + c.String() + " ")
	}
	for _, c := range e.PTX {
		b.WriteString("PTX " + c.String() + " ")
	}
	return b.String() + e.Toolkit.String()
}

func TestScanOfNonsense(t *testing.T) {
	if _, err := scan(make([]byte, 64)); !errors.Is(err, errNoCode) {
		t.Errorf("got %v, want that there is no code", err)
	}
	good := container([4]int{2, 80, 0, 0})
	long := bytes.Clone(good)
	binary.LittleEndian.PutUint64(long[8:], 1<<40)
	empty := bytes.Clone(good)
	binary.LittleEndian.PutUint32(empty[fatbinHeader+4:], 0)
	binary.LittleEndian.PutUint64(empty[fatbinHeader+8:], 0)
	for _, b := range [][]byte{long, empty, good[:len(good)-8]} {
		if _, err := scan(b); err == nil || errors.Is(err, errNoCode) {
			t.Errorf("got %v, want where the container is wrong", err)
		}
	}
}

func FuzzScan(f *testing.F) {
	f.Add(container([4]int{2, 80, 0, 0}, [4]int{1, 90, 8, 3}))
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = scan(b) }) // must end without a panic
}

func TestSuit(t *testing.T) {
	code := Embedded{Machine: []Capability{{6, 0}, {8, 0}}, PTX: []Capability{{9, 0}}, Toolkit: Version{12, 3, 0}}
	old := []Library{{Name: "cuBLAS", Version: Version{12, 5, 3}}, {Name: "cuDNN", Version: Version{9, 3, 0}}}
	newer := []Library{{Name: "cuBLAS", Version: Version{12, 9, 0}}, {Name: "cuDNN", Version: Version{9, 8, 0}}}
	for _, tt := range []struct {
		capability Capability
		driver     Version
		libraries  []Library
		want       string // "" if the GPU can be used
	}{
		{Capability{8, 6}, Version{12, 2, 0}, old, ""},
		{Capability{9, 0}, Version{12, 4, 0}, old, ""},
		{Capability{9, 0}, Version{12, 2, 0}, old, "the NVIDIA driver is too old: it supports CUDA 12.2: want CUDA 12.3 to compile TensorFlow's code for GPU 0 (X, compute capability 9.0)"},
		{Capability{5, 2}, Version{12, 4, 0}, old, "GPU 0 (X) has compute capability 5.2: want 6.0 or newer, for which this TensorFlow has code"},
		{Capability{12, 0}, Version{12, 8, 0}, old, "GPU 0 (X) has compute capability 12.0, for which there is no code in cuBLAS 12.5.3 (want 12.8) and cuDNN 9.3 (want 9.7)"},
		{Capability{12, 0}, Version{12, 8, 0}, newer, ""},
	} {
		m := Machine{GPUs: []GPU{{Name: "X", Capability: tt.capability}}, Driver: tt.driver, Libraries: tt.libraries, Code: code}
		m.judge(&m.GPUs[0], nil)
		err := m.GPUs[0].Err
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v on driver %v: got %v, want %q", tt.capability, tt.driver, err, tt.want)
		}
	}
}
