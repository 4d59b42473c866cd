package graphs

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
)

// MemoryError says that a device has too little memory for a program.
type MemoryError struct {
	Device Device
	Wanted int64 // bytes that could not be had; 0: TensorFlow did not say
	Limit  int64 // bytes that TensorFlow may take of the device's memory; 0: not known
}

// Error implements error: what was needed, and what helps.
func (e *MemoryError) Error() string {
	message := fmt.Sprintf("out of memory on %s", e.Device)
	if e.Wanted > 0 {
		message += ": another " + inUnits(e.Wanted) + " were needed"
	}
	if e.Limit > 0 {
		message += ", of " + inUnits(e.Limit) + " in all"
	}
	return message + ": take a smaller --batch-size, 16 bits (--precision mixed_bfloat16), or keep the images out of its memory (--memory-limit 16M)"
}

// inUnits is a number of bytes for people.
func inUnits(bytes int64) string {
	switch {
	case bytes >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// The ways in which TensorFlow's allocators, its convolutions and XLA say that
// there is no memory left.
var (
	noMemory    = regexp.MustCompile(`OOM when allocating|(?i:out of memory|failed to allocate)|CUDA_ERROR_OUT_OF_MEMORY|RESOURCE_EXHAUSTED`)
	wantedBytes = regexp.MustCompile(`(?i:allocate) (?:request for )?(\d+) bytes`)
	wantedShape = regexp.MustCompile(`allocating tensor with shape\[([\d,]*)\] and type (\w+)`)
)

// memoryError finds out whether TensorFlow had too little memory.
func memoryError(err error, d Device, limit int64) error {
	var known *MemoryError
	if err == nil || errors.As(err, &known) || !noMemory.MatchString(err.Error()) {
		return err
	}
	return &MemoryError{Device: d, Wanted: wanted(err.Error()), Limit: limit}
}

// wanted is how many bytes could not be had, by TensorFlow's words.
func wanted(message string) int64 {
	if m := wantedBytes.FindStringSubmatch(message); m != nil {
		n, _ := strconv.ParseInt(m[1], 10, 64) // too many digits are not known
		return n
	}
	m := wantedShape.FindStringSubmatch(message)
	if m == nil {
		return 0
	}
	n := map[string]int64{"float": 4, "int32": 4, "double": 8, "int64": 8, "half": 2, "bfloat16": 2, "uint8": 1, "bool": 1}[m[2]]
	for _, d := range strings.Split(m[1], ",") {
		extent, _ := strconv.ParseInt(d, 10, 64)
		n *= extent
	}
	return n
}

// memorySession is a session whose errors tell a lack of memory in one line.
type memorySession struct {
	session
	device Device
	limit  int64
}

// Run implements runner.
func (s *memorySession) Run(feeds map[tf.Output]*tf.Tensor, fetches []tf.Output, targets []*tf.Operation) ([]*tf.Tensor, error) {
	out, err := s.session.Run(feeds, fetches, targets)
	if err != nil {
		err = memoryError(err, s.device, s.limit)
	}
	return out, err
}

// dataShare is the share of a GPU's memory that a data set may take: the weights,
// what the layers compute and the workspace of cuDNN need the rest, and so does a
// second data set, for validation.
const dataShare = 4

// limitData makes data sets stream that would take too much of a GPU's memory.
func (p *Program) limitData() {
	limit := p.memory() / dataShare
	for _, st := range []*Stage{p.Training, p.Inference} {
		if st != nil && limit > 0 && (st.limit == 0 || limit < st.limit) {
			st.limit, st.short = limit, true
		}
	}
}

// memory is what TensorFlow may take of the GPU's memory, 0 on a CPU.
func (p *Program) memory() int64 {
	if !p.options.Device.wantsGPU() {
		return 0
	}
	devices, err := p.Devices()
	if err != nil {
		return 0
	}
	for _, d := range devices {
		if d.Type == "GPU" {
			return max(d.MemoryLimitBytes, 0)
		}
	}
	return 0
}

// Notice says in one line that the examples stream because the GPU's memory is too
// small for them; "" if they do not.
func (st *Stage) Notice() string {
	if st.loaded == nil || !st.short || !st.streams(st.loaded) {
		return ""
	}
	return fmt.Sprintf("the %d images stream to the GPU: they take %s, more than the quarter of its memory that data may have (%s)",
		st.loaded.Len(), inUnits(int64(len(st.loaded.Images()))), inUnits(st.limit))
}

// Try takes a training step with the first examples that are loaded, and undoes
// it. It finds out whether the GPU's memory suffices before anything depends on
// it, and does the work of a first step. On a CPU it does nothing.
func (p *Program) Try(batch int) error {
	if p.Training == nil || !p.options.Device.wantsGPU() {
		return nil
	}
	weights, err := p.Weights()
	if err != nil {
		return err
	}
	order := inOrder(min(batch, p.Training.loaded.Len()))
	if err := p.Training.Begin(order, len(order), Sums{}); err != nil {
		return err
	}
	if _, err := p.Training.Step(); err != nil {
		return err
	}
	if len(p.reset) > 0 {
		if _, err := p.session.Run(nil, nil, p.reset); err != nil {
			return fmt.Errorf("graphs: initial state: %w", err)
		}
	}
	return p.SetWeights(weights)
}
