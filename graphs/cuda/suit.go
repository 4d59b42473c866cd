package cuda

import (
	"fmt"
	"strings"
)

// blackwell is the first capability that CUDA's libraries of 2024 know nothing of:
// 10.0 and 12.0 came with CUDA 12.8 and cuDNN 9.7 (their release notes).
var blackwell = struct {
	capability    Capability
	cuBLAS, cuDNN Version
}{Capability{10, 0}, Version{12, 8, 0}, Version{9, 7, 0}}

// suit finds out which of the GPUs TensorFlow's code runs on. Where the library
// does not say what it holds, all do.
func (m *Machine) suit() {
	var err error
	m.Code, err = embedded(tensorflowFile())
	for i := range m.GPUs {
		m.judge(&m.GPUs[i], err)
	}
}

// judge says how a GPU suits; unknown is why TensorFlow's code is not known.
func (m *Machine) judge(g *GPU, unknown error) {
	if g.Err = m.tooNew(*g); g.Err == nil && unknown == nil {
		g.Fit = m.Code.Fit(g.Capability)
		g.Err = m.misfit(*g)
	}
}

// tooNew says that CUDA's libraries hold no code for a GPU.
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
	return fmt.Errorf("GPU %d (%s) has compute capability %v, and there is no code for it in %s: take a newer TensorFlow: make setup build GPU=1 TENSORFLOW=2.21.0",
		g.Number, g.Name, g.Capability, strings.Join(old, " and "))
}

// misfit says that TensorFlow's own code does not run on a GPU.
func (m *Machine) misfit(g GPU) error {
	switch {
	case g.Fit == None:
		return fmt.Errorf("GPU %d (%s) has compute capability %v: this TensorFlow has code for %v and newer", g.Number, g.Name, g.Capability, m.Code.oldest())
	case g.Fit == Compile && m.Driver != (Version{}) && m.Driver.Before(m.Code.Toolkit):
		return fmt.Errorf("the NVIDIA driver is too old: it serves CUDA %v, and to compile TensorFlow's code for GPU %d (%s, compute capability %v) takes %v: update the driver",
			m.Driver, g.Number, g.Name, g.Capability, m.Code.Toolkit)
	}
	return nil
}

// oldest is the capability that the oldest of the code is for.
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

// Wait says in one line what the first use of a GPU waits for; "" if nothing.
func (g GPU) Wait() string {
	if g.Err != nil || g.Fit != Compile {
		return ""
	}
	return fmt.Sprintf("this TensorFlow has no code for compute capability %v of GPU %d (%s): the driver compiles it at the first use, which can take 30 minutes once, and keeps it in ~/.nv/ComputeCache", g.Capability, g.Number, g.Name)
}
