package graphs

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
)

// MemoryError means that a device has too little memory for a program.
type MemoryError struct {
	Device Device
	Wanted int64 // number of bytes that could not be allocated; 0 if TensorFlow did not report it
	Limit  int64 // number of bytes of the device's memory that TensorFlow may use; 0 if unknown
}

// Error says how much memory was needed, and what helps.
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

// inUnits formats a number of bytes.
func inUnits(bytes int64) string {
	switch {
	case bytes >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// The messages of TensorFlow's allocators, its convolutions and XLA when memory is
// exhausted.
var (
	noMemory    = regexp.MustCompile(`OOM when allocating|(?i:out of memory|failed to allocate)|CUDA_ERROR_OUT_OF_MEMORY|RESOURCE_EXHAUSTED`)
	wantedBytes = regexp.MustCompile(`(?i:allocate) (?:request for )?(\d+) bytes`)
	wantedShape = regexp.MustCompile(`allocating tensor with shape\[([\d,]*)\] and type (\w+)`)
)

// memoryError returns a MemoryError if err means that TensorFlow had too little memory,
// and err otherwise.
func memoryError(err error, d Device, limit int64) error {
	var known *MemoryError
	if err == nil || errors.As(err, &known) || !noMemory.MatchString(err.Error()) {
		return err
	}
	return &MemoryError{Device: d, Wanted: wanted(err.Error()), Limit: limit}
}

// wanted returns the number of bytes that could not be allocated, according to
// TensorFlow's message.
func wanted(message string) int64 {
	if m := wantedBytes.FindStringSubmatch(message); m != nil {
		n, _ := strconv.ParseInt(m[1], 10, 64) // if there are too many digits, the number is unknown
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

// memorySession is a session that reports a lack of memory as a one-line error.
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

// dataShare determines the share of a GPU's memory that a data set may use: a quarter.
// The rest is for the weights, the layers' results and the workspace of cuDNN, and for
// a second data set, for validation.
const dataShare = 4

// limitData makes data sets stream that would use too much of a GPU's memory.
func (p *Program) limitData() {
	limit := p.memory() / dataShare
	for _, st := range []*Stage{p.Training, p.Inference} {
		if st != nil && limit > 0 && (st.limit == 0 || limit < st.limit) {
			st.limit, st.short = limit, true
		}
	}
}

// memory returns the amount of the GPU's memory that TensorFlow may use, or 0 on a CPU.
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

// Notice returns one line if the examples stream because they do not fit in the GPU's
// memory, and "" otherwise.
func (st *Stage) Notice() string {
	if st.loaded == nil || !st.short || !st.streams(st.loaded) {
		return ""
	}
	return fmt.Sprintf("the %d images stream to the GPU: they take %s, more than the quarter of its memory that data may have (%s)",
		st.loaded.Len(), inUnits(int64(len(st.loaded.Images()))), inUnits(st.limit))
}

// Try executes a training step with the first loaded examples, and reverts it. It
// checks early whether the GPU's memory is sufficient, and does the work of a first
// step. On a CPU it does nothing.
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
