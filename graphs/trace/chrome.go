package trace

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// event is an event of Chrome's trace event format, "X" for one with a duration and
// "M" for a name. Times are in microseconds.
// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
type event struct {
	Name     string         `json:"name"`
	Phase    string         `json:"ph"`
	Category string         `json:"cat,omitempty"`
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	Start    float64        `json:"ts"`
	Duration float64        `json:"dur,omitempty"`
	Args     map[string]any `json:"args,omitempty"`
}

// WriteChrome writes steps as a trace for chrome://tracing and Perfetto. The first
// process shows the steps, and each further process shows a device. Overlapping
// operations of a device are in separate threads. These are not necessarily the threads
// that ran the operations, which TensorFlow does not record.
func WriteChrome(w io.Writer, steps []Step) error {
	var origin time.Time
	if len(steps) > 0 {
		origin = steps[0].Start
	}
	const stepsProcess = 1
	events := []event{named("process_name", stepsProcess, "steps")}
	var devices []*lanes
	for i, s := range steps {
		events = append(events, span(fmt.Sprintf("step %d", i+1), "step", stepsProcess, origin, s.Start, s.Duration))
		for _, o := range s.Operations {
			at := slices.IndexFunc(devices, func(l *lanes) bool { return l.device == o.Device })
			if at < 0 {
				at = len(devices)
				devices = append(devices, &lanes{device: o.Device})
				events = append(events, named("process_name", stepsProcess+1+at, o.Device))
			}
			e := span(o.Type, "operation", stepsProcess+1+at, origin, o.Start, o.Duration)
			e.Thread = devices[at].take(o)
			e.Args = map[string]any{"name": o.Name, "inputs": o.Inputs, "outputs": o.Outputs, "bytes": o.Bytes}
			events = append(events, e)
		}
	}
	file := map[string]any{"displayTimeUnit": "ms", "traceEvents": events}
	if err := json.NewEncoder(w).Encode(file); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	return nil
}

func named(what string, process int, name string) event {
	return event{Name: what, Phase: "M", Process: process, Args: map[string]any{"name": name}}
}

func span(name, category string, process int, origin, start time.Time, took time.Duration) event {
	return event{Name: name, Phase: "X", Category: category, Process: process,
		Start: microseconds(start.Sub(origin)), Duration: microseconds(took)}
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// lanes holds the times at which each thread of a device in the trace becomes free.
type lanes struct {
	device string
	free   []time.Time
}

// take returns the first thread that is free when an operation starts.
func (l *lanes) take(o Operation) int {
	at := slices.IndexFunc(l.free, func(free time.Time) bool { return !free.After(o.Start) })
	if at < 0 {
		at = len(l.free)
		l.free = append(l.free, time.Time{})
	}
	l.free[at] = o.End()
	return at
}
