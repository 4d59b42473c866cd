package cuda

import (
	"fmt"
	"strings"
)

// blackwell is the first capability that CUDA's libraries of 2024 do not support: 10.0
// and 12.0 came with CUDA 12.8 and cuDNN 9.7 (their release notes).
var blackwell = struct {
	capability    Capability
	cuBLAS, cuDNN Version
}{Capability{10, 0}, Version{12, 8, 0}, Version{9, 7, 0}}

// suit determines on which of the GPUs TensorFlow's code runs. If the library's code is
// unknown, all GPUs are accepted.
func (m *Machine) suit() {
	var err error
	m.Code, err = embedded(tensorflowFile())
	for i := range m.GPUs {
		m.judge(&m.GPUs[i], err)
	}
}

// judge determines how TensorFlow's code runs on a GPU; unknown is the reason if the
// code is not known.
func (m *Machine) judge(g *GPU, unknown error) {
	if g.Err = m.tooNew(*g); g.Err == nil && unknown == nil {
		g.Fit = m.Code.Fit(g.Capability)
		g.Err = m.misfit(*g)
	}
}

// tooNew returns an error if CUDA's libraries have no code for a GPU.
func (m *Machine) tooNew(g GPU) error {
	if compareCapabilities(g.Capability, blackwell.capability) < 0 {
		return nil
	}
	var old []string
	for name, first := range map[string]Version{"cuBLAS": blackwell.cuBLAS, "cuDNN": blackwell.cuDNN} {
		if v := m.version(name); v != (Version{}) && v.Before(first) {
			old = append(old, fmt.Sprintf("%s %v (want %v)", name, v, first))
		}
	}
	if len(old) == 0 {
		return nil
	}
	if len(old) == 2 && old[0] > old[1] {
		old[0], old[1] = old[1], old[0]
	}
	return fmt.Errorf("GPU %d (%s) has compute capability %v, for which there is no code in %s; use a newer TensorFlow: make setup build GPU=1 TENSORFLOW=2.21.0",
		g.Number, g.Name, g.Capability, strings.Join(old, " and "))
}

// misfit returns an error if TensorFlow's own code does not run on a GPU.
func (m *Machine) misfit(g GPU) error {
	switch {
	case g.Fit == None:
		return fmt.Errorf("GPU %d (%s) has compute capability %v: want %v or newer, for which this TensorFlow has code", g.Number, g.Name, g.Capability, m.Code.oldest())
	case g.Fit == Compile && m.Driver != (Version{}) && m.Driver.Before(m.Code.Toolkit):
		return fmt.Errorf("the NVIDIA driver is too old: it supports CUDA %[1]v: want CUDA %[5]v to compile TensorFlow's code for GPU %[2]d (%[3]s, compute capability %[4]v); update the driver",
			m.Driver, g.Number, g.Name, g.Capability, m.Code.Toolkit)
	}
	return nil
}

// oldest returns the oldest capability of the code.
func (e Embedded) oldest() Capability {
	all := append(append([]Capability(nil), e.Machine...), e.PTX...)
	oldest := all[0]
	for _, c := range all {
		if compareCapabilities(c, oldest) < 0 {
			oldest = c
		}
	}
	return oldest
}

// Wait describes in one line the delay at the first use of a GPU, or returns "" if
// there is none.
func (g GPU) Wait() string {
	if g.Err != nil || g.Fit != Compile {
		return ""
	}
	return fmt.Sprintf("this TensorFlow has no code for compute capability %v of GPU %d (%s): the driver compiles the code at first use, which can take 30 minutes once, and stores it in ~/.nv/ComputeCache", g.Capability, g.Number, g.Name)
}
