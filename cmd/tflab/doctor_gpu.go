package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/tflab/tflab/graphs/cuda"
)

// doctorGPUs describes the machine's GPUs, one per line. It returns nothing on a
// machine without a GPU.
func doctorGPUs() []string {
	m := cuda.Inspect()
	if errors.Is(m.Err, cuda.ErrNone) {
		return []string{"gpu          none: " + m.Err.Error()}
	}
	var lines []string
	say := func(head, format string, args ...any) {
		lines = append(lines, oneLine(fmt.Sprintf("%-12s ", head)+fmt.Sprintf(format, args...)))
	}
	for _, g := range m.GPUs {
		head := fmt.Sprintf("gpu %d", g.Number)
		say(head, "%s, compute capability %v, %s", cmp.Or(g.Name, "no name"), g.Capability, gpuMemory(g))
		switch {
		case g.Err != nil:
			say(head, "cannot be used: %v", g.Err)
		case m.Err != nil:
		case len(m.Code.Machine)+len(m.Code.PTX) == 0:
			say(head, "TensorFlow's library does not say for which GPUs it has code")
		case g.Wait() != "":
			say(head, "%s", g.Wait())
		default:
			say(head, "TensorFlow has code for it (TensorFlow's code is for %s)", capabilities(m.Code))
		}
	}
	if m.Driver != (cuda.Version{}) {
		say("driver", "%s, supports CUDA %v", cmp.Or(cuda.DriverRelease(), "of an unknown release"), m.Driver)
	}
	var libraries []string
	for _, l := range m.Libraries {
		switch {
		case l.Missing:
			libraries = append(libraries, l.File+" cannot be loaded")
		case l.Name == "CUDA runtime":
			libraries = append(libraries, fmt.Sprintf("CUDA %v", l.Version))
		default:
			libraries = append(libraries, fmt.Sprintf("%s %v", l.Name, l.Version))
		}
	}
	if libraries != nil {
		say("cuda", "%s", strings.Join(libraries, ", "))
	}
	if m.Err != nil {
		say("gpu", "none can be used: %v", m.Err)
	}
	return lines
}

// gpuMemory describes the total and free memory of a GPU.
func gpuMemory(g cuda.GPU) string {
	const gib = 1 << 30
	all := fmt.Sprintf("%.1f GiB of memory", float64(g.Memory)/gib)
	free, err := cuda.FreeMemory(g.Number)
	if err != nil {
		return fmt.Sprintf("%s, free: unknown (%v)", all, err)
	}
	return fmt.Sprintf("%s, %.1f GiB free", all, float64(free)/gib)
}

func capabilities(e cuda.Embedded) string {
	var all []string
	for _, c := range e.Machine {
		all = append(all, c.String())
	}
	for _, c := range e.PTX {
		all = append(all, "as PTX "+c.String())
	}
	return strings.Join(all, ", ")
}
