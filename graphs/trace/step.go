package trace

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/wamuir/graft/tensorflow/core/framework/step_stats_go_proto"
	"github.com/wamuir/graft/tensorflow/core/framework/tensor_description_go_proto"
)

// Step is one run of a session.
type Step struct {
	Start      time.Time
	Duration   time.Duration
	Operations []Operation // ordered by start
}

// Operation is one execution of an operation of the graph.
type Operation struct {
	Name     string   // in the graph after TensorFlow's optimization
	Type     string   // such as Conv2DBackpropFilter, or the kernel that ran on a GPU
	Device   string   // such as /device:CPU:0
	Inputs   string   // names, separated by commas
	Outputs  []string // type and shape of each output
	Start    time.Time
	Duration time.Duration // of the kernel alone, without the work of the executor
	Bytes    int64         // allocated for the outputs and as scratch space
}

// End returns the time at which the operation ended.
func (o Operation) End() time.Time { return o.Start.Add(o.Duration) }

// operations returns the operations of all devices, except the source and the sink of
// the graph, which do nothing.
func operations(stats *step_stats_go_proto.StepStats) []Operation {
	var all []Operation
	for _, device := range stats.GetDevStats() {
		name := device.GetDevice()
		if at := strings.LastIndex(name, "/device:"); at > 0 {
			name = name[at:] // without job, replica and task
		}
		for _, n := range device.GetNodeStats() {
			if n.GetNodeName() != "_SOURCE" && n.GetNodeName() != "_SINK" {
				all = append(all, operation(name, n))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Operation) int { return a.Start.Compare(b.Start) })
	return all
}

// label is TensorFlow's text for a node: memory in brackets, "name = Type(inputs)".
var label = regexp.MustCompile(`^(?:.*\] )?(\S+) = (\w+)\((.*)\)`)

func operation(device string, n *step_stats_go_proto.NodeExecStats) Operation {
	o := Operation{Name: n.GetNodeName(), Type: n.GetNodeName(), Device: device}
	if m := label.FindStringSubmatch(n.GetTimelineLabel()); m != nil {
		o.Type, o.Inputs = m[2], m[3]
	}
	// Older releases and the tracers of some devices record only microseconds.
	start := cmp.Or(n.GetAllStartNanos(), 1000*n.GetAllStartMicros())
	from := cmp.Or(n.GetOpStartRelNanos(), 1000*n.GetOpStartRelMicros())
	to := cmp.Or(n.GetOpEndRelNanos(), 1000*n.GetOpEndRelMicros())
	o.Start, o.Duration = time.Unix(0, start+from), time.Duration(max(0, to-from))
	for _, memory := range n.GetMemory() {
		o.Bytes += memory.GetTotalBytes()
	}
	for _, output := range n.GetOutput() {
		o.Outputs = append(o.Outputs, described(output.GetTensorDescription()))
	}
	return o
}

// described returns a tensor's type and shape, such as "float [128,10]".
func described(t *tensor_description_go_proto.TensorDescription) string {
	dims := make([]string, len(t.GetShape().GetDim()))
	for i, d := range t.GetShape().GetDim() {
		dims[i] = fmt.Sprint(d.GetSize())
	}
	return fmt.Sprintf("%s [%s]", strings.ToLower(strings.TrimPrefix(t.GetDtype().String(), "DT_")), strings.Join(dims, ","))
}
