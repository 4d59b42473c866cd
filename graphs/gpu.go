package graphs

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs/cuda"
)

// Device says where a program runs: "auto" (the first GPU that TensorFlow can use,
// else the CPU), "cpu", "gpu" (the first GPU) or "gpu:N". A program uses one GPU.
type Device string

// The devices without a number.
const (
	Auto Device = "auto"
	CPU  Device = "cpu"
	GPU  Device = "gpu"
)

// ParseDevice checks the spelling of a device.
func ParseDevice(s string) (Device, error) {
	d := Device(strings.ToLower(s))
	if _, err := d.index(); err != nil {
		return "", err
	}
	return d, nil
}

// index is the number of the GPU that was asked for, -1 if none was.
func (d Device) index() (int, error) {
	switch d {
	case "", Auto, CPU, GPU:
		return -1, nil
	}
	n, err := strconv.Atoi(strings.TrimPrefix(string(d), "gpu:"))
	if err != nil || n < 0 || !strings.HasPrefix(string(d), "gpu:") {
		return 0, fmt.Errorf("graphs: unknown device %q: want auto, cpu, gpu or gpu:N", string(d))
	}
	return n, nil
}

func (d Device) wantsGPU() bool { return strings.HasPrefix(string(d), "gpu") }

// OnCPU says whether no GPU will be used. For "auto" it asks the driver.
func (d Device) OnCPU() bool {
	chosen, err := d.choose()
	return err == nil && chosen.device == CPU
}

// Check says why a GPU that is asked for cannot be used. It is nil for other
// devices.
func (d Device) Check() error {
	_, err := d.choose()
	return err
}

// choice is the device that a program runs on: the CPU, or a GPU by its number.
type choice struct {
	device Device
	// notices are a line each that the user should read.
	notices []string
}

// onCPU is the choice where "auto" finds a GPU that cannot be used.
func onCPU(why error) choice {
	return choice{device: CPU, notices: []string{fmt.Sprintf("running on the CPU: %v", why)}}
}

// choose settles which device is meant.
func (d Device) choose() (choice, error) {
	if d == CPU {
		return choice{device: CPU}, nil
	}
	return d.chooseFrom(cuda.Look())
}

func (d Device) chooseFrom(m cuda.Machine) (choice, error) {
	number, err := d.index()
	switch {
	case err != nil:
		return choice{}, err
	case m.Err == nil && number >= len(m.GPUs):
		return choice{}, fmt.Errorf("graphs: device %s: there is no such GPU: this process sees %s: name one of them, or use --device cpu", d, gpuNames(m.GPUs))
	case m.Err == nil && number >= 0 && m.GPUs[number].Err != nil:
		return choice{}, fmt.Errorf("graphs: device %s: it cannot be used: %w, or use another device", d, m.GPUs[number].Err)
	case m.Err == nil && number >= 0:
		return chosen(m.GPUs[number]), nil
	case m.Err == nil:
		return chosen(m.GPUs[slices.IndexFunc(m.GPUs, func(g cuda.GPU) bool { return g.Err == nil })]), nil
	case !d.wantsGPU() && errors.Is(m.Err, cuda.ErrNone):
		return choice{device: CPU}, nil
	case !d.wantsGPU():
		return onCPU(fmt.Errorf("no GPU can be used: %w", m.Err)), nil
	case errors.Is(m.Err, cuda.ErrNone):
		return choice{}, fmt.Errorf("graphs: device %s: no GPU can be used: %w: use --device cpu", d, m.Err)
	}
	return choice{}, fmt.Errorf("graphs: device %s: no GPU can be used: %w, or use --device cpu", d, m.Err)
}

func chosen(g cuda.GPU) choice {
	c := choice{device: Device("gpu:" + strconv.Itoa(g.Number))}
	if wait := g.Wait(); wait != "" {
		c.notices = []string{wait}
	}
	return c
}

// gpuNames lists GPUs for an error.
func gpuNames(gpus []cuda.GPU) string {
	var names []string
	for _, g := range gpus {
		names = append(names, fmt.Sprintf("gpu:%d (%s)", g.Number, g.Name))
	}
	return strings.Join(names, ", ")
}

// deviceError is what goes wrong with a device before a program has begun: "auto"
// takes the CPU then.
type deviceError struct{ error }

func (e deviceError) Unwrap() error { return e.error }

// Device is the device that the program runs on: "cpu", or "gpu:N" by the number
// that CUDA gives the GPU.
func (p *Program) Device() Device { return p.options.Device }

// Notices are what the user of the program should know about its device, a line
// each: why it runs on the CPU though the machine has a GPU and any device would
// have done, or what the GPU has to do first.
func (p *Program) Notices() []string { return p.notices }

// checkDevice sees that TensorFlow offers the GPU that the program is to run on.
func (p *Program) checkDevice() error {
	if !p.options.Device.wantsGPU() {
		return nil
	}
	devices, err := p.Devices()
	if err != nil {
		return fmt.Errorf("graphs: list devices: %w", err)
	}
	if slices.ContainsFunc(devices, func(d tf.Device) bool { return d.Type == "GPU" }) {
		return nil
	}
	return deviceError{fmt.Errorf("graphs: device %s: TensorFlow does not offer it, though the driver has it: start with --tf-log to see what TensorFlow says, or use --device cpu", p.options.Device)}
}
