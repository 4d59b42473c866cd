package cuda

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// GPU is one of the GPUs visible to the process.
type GPU struct {
	Number     int // CUDA's number, after CUDA_VISIBLE_DEVICES
	Name       string
	Capability Capability
	Memory     uint64 // in bytes
	Fit        Fit    // of TensorFlow's code; Native if it is unknown
	Err        error  // why TensorFlow cannot use the GPU; nil if it can
}

// Capability is a GPU's compute capability, such as 9.0 for an H100.
type Capability struct{ Major, Minor int }

func (c Capability) String() string { return fmt.Sprintf("%d.%d", c.Major, c.Minor) }

// Version is a version of CUDA or of one of its libraries. The zero value means
// unknown.
type Version struct{ Major, Minor, Patch int }

// cudaVersion decodes the versions of the driver and the runtime: 12050 is 12.5.
func cudaVersion(v int) Version { return Version{v / 1000, v % 1000 / 10, 0} }

// Before reports whether v is older than w.
func (v Version) Before(w Version) bool {
	if v.Major != w.Major {
		return v.Major < w.Major
	}
	return v.Minor < w.Minor
}

func (v Version) String() string {
	switch {
	case v == Version{}:
		return "unknown"
	case v.Patch == 0:
		return fmt.Sprintf("%d.%d", v.Major, v.Minor)
	}
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// Machine describes a machine's GPUs.
type Machine struct {
	Nodes     []string  // the driver's device files of the GPUs
	GPUs      []GPU     // visible to the process
	Driver    Version   // newest CUDA version that the driver supports
	Libraries []Library // CUDA libraries that TensorFlow needs; nil if there is no GPU
	Code      Embedded  // TensorFlow's GPU code, if known
	// Err explains in one line why no GPU can be used, and what to do. It is nil if one
	// can be used, and ErrNone if the machine has none.
	Err error
}

// ErrNone is the reason on a machine without a GPU.
var ErrNone = errors.New("this machine has no NVIDIA device (/dev/nvidia0)")

// lookLimit is the time limit of all queries together. Each takes milliseconds after
// cuInit has started the driver.
const lookLimit = initLimit + 2*time.Second

// look returns the machine as this process sees it. CUDA's answers depend on the state
// of the process at the call of cuInit, so the queries are made only once.
var look = sync.OnceValue(func() Machine {
	ctx, cancel := context.WithTimeout(context.Background(), lookLimit)
	defer cancel()
	answer := make(chan Machine, 1)
	go func() { answer <- ask() }()
	select {
	case m := <-answer:
		return m
	case <-ctx.Done():
		nvidia, windows := deviceNodes()
		return Machine{Nodes: append(nvidia, windows...), Err: errHangs}
	}
})

// Look returns the machine's GPUs and whether TensorFlow can use them. It takes a few
// milliseconds, and up to 7 seconds if the driver hangs. The result depends on the
// environment at the first call, as CUDA's does.
func Look() Machine { return look() }

func ask() Machine {
	nvidia, windows := deviceNodes()
	m := Machine{Nodes: append(nvidia, windows...)}
	d, err := openDriver()
	switch {
	case err != nil && len(nvidia) == 0: // Windows may have a GPU of another make
		m.Err = ErrNone
		return m
	case err != nil:
		m.Err = fmt.Errorf("%s exists, but the driver's library cannot be loaded (%s); install the NVIDIA driver", nvidia[0], firstLine(err.Error()))
		return m
	}
	built, err := builtForCUDA()
	if err != nil {
		m.Err = err
		return m
	}
	if !built {
		if m.Err = ErrNone; len(m.Nodes) > 0 {
			m.Err = fmt.Errorf("%s exists, but this libtensorflow is built without CUDA; run 'make setup GPU=1' and build again", m.Nodes[0])
		}
		return m
	}
	m.Err = m.askDriver(d)
	if m.Err == nil {
		m.Err = m.askTensorFlow()
	}
	if m.Err == nil {
		m.suit()
		if !slices.ContainsFunc(m.GPUs, func(g GPU) bool { return g.Err == nil }) {
			m.Err = m.GPUs[0].Err
		}
	}
	return m
}

// askDriver starts the driver and lists the GPUs.
func (m *Machine) askDriver(d driver) error {
	err := d.init()
	if err == nil {
		m.Driver = d.version()
		var n int
		if n, err = d.count(); err == nil && n == 0 {
			err = noDevice
		}
		for i := range n {
			m.GPUs = append(m.GPUs, d.gpu(i))
		}
	}
	var code Code
	if errors.As(err, &code) && code == noDevice {
		if hidden := whyHidden(len(m.Nodes)); hidden != nil {
			return hidden
		}
		if len(m.Nodes) == 0 {
			return ErrNone
		}
	}
	return failed("cuInit", err)
}

// FreeMemory returns the free memory of a GPU in bytes. It creates a temporary CUDA
// context on the GPU, which takes a few tenths of a second and some of its memory.
func FreeMemory(number int) (uint64, error) {
	d, err := openDriver()
	if err != nil {
		return 0, err
	}
	if err := d.init(); err != nil {
		return 0, err
	}
	return d.memory(number)
}
