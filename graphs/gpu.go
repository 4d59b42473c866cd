package graphs

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tflab/tflab/graphs/cuda"
)

// Device names the device of a program: "auto" (the first GPU that TensorFlow can use,
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

// index returns the number of the requested GPU, or -1 if none was requested.
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

// OnCPU reports whether no GPU will be used. For "auto" it queries the driver.
func (d Device) OnCPU() bool {
	chosen, err := d.choose()
	return err == nil && chosen.device == CPU
}

// Check returns an error if the device is a GPU that cannot be used.
func (d Device) Check() error {
	_, err := d.choose()
	return err
}

// choice is the device of a program: the CPU, or a GPU by its number.
type choice struct {
	device Device
	// notices are lines for the user.
	notices []string
}

// onCPU returns the choice if "auto" finds a GPU that cannot be used.
func onCPU(why error) choice {
	return choice{device: CPU, notices: []string{fmt.Sprintf("running on the CPU: %v", why)}}
}

// choose resolves the device.
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

// deviceError is an error of a device before a program has started: "auto" then uses
// the CPU.
type deviceError struct{ error }

func (e deviceError) Unwrap() error { return e.error }

// Device returns the device of the program: "cpu", or "gpu:N" with CUDA's number of the
// GPU.
func (p *Program) Device() Device { return p.options.Device }

// Notices returns lines for the user about the device: why the program runs on the CPU
// of a machine with a GPU, or what the GPU must do first.
func (p *Program) Notices() []string { return p.notices }

// checkDevice checks that TensorFlow offers the program's GPU.
func (p *Program) checkDevice() error {
	if !p.options.Device.wantsGPU() {
		return nil
	}
	devices, err := p.Devices()
	if err != nil {
		return fmt.Errorf("graphs: list devices: %w", err)
	}
	found := 0
	for _, d := range devices {
		if d.Type == "GPU" {
			found++
		}
	}
	if found >= p.mirrors.all() {
		return nil
	}
	if p.mirrors > 1 {
		return fmt.Errorf("graphs: %d replicas from device %s on, a GPU each: TensorFlow offers %d: want as many replicas, or --device cpu", p.mirrors, p.options.Device, found)
	}
	return deviceError{fmt.Errorf("graphs: device %s: TensorFlow does not offer it, though the driver has it: start with --tf-log to see what TensorFlow says, or use --device cpu", p.options.Device)}
}
