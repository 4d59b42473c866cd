package trace

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/core/framework/step_stats_go_proto"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs/graphstest"
)

// A traced run is recorded, and has the same effect as an ordinary run.
func TestRun(t *testing.T) {
	s := op.NewScope()
	handle := op.VarHandleOp(s, tf.Float, tf.MakeShape(2, 3), op.VarHandleOpSharedName("sum"))
	value := op.ReadVariableOp(s, handle, tf.Float)
	ones := op.Const(s.SubScope("ones"), [][]float32{{1, 1, 1}, {1, 1, 1}})
	begin := op.AssignVariableOp(s.SubScope("begin"), handle, ones)
	product := op.MatMul(s.SubScope("square"), value, ones, op.MatMulTransposeB(true))
	add := op.AssignAddVariableOp(s.SubScope("add"), handle, ones)
	session := graphstest.Open(t, s)
	if _, err := session.Run(nil, nil, []*tf.Operation{begin}); err != nil {
		t.Fatal(err)
	}

	started := time.Now()
	step, err := Run(session, []*tf.Operation{product.Op, add})
	if err != nil {
		t.Fatal(err)
	}
	ended := time.Now()
	var found *Operation
	for i, o := range step.Operations {
		if o.Start.Before(started.Add(-time.Second)) || o.End().After(ended.Add(time.Second)) {
			t.Errorf("%s from %v to %v: want it between %v and %v", o.Name, o.Start, o.End(), started, ended)
		}
		if o.Name == "square/MatMul" {
			found = &step.Operations[i]
		}
	}
	if found == nil {
		t.Fatalf("no square/MatMul in %+v", step.Operations)
	}
	if !strings.HasSuffix(found.Type, "MatMul") || found.Device != "/device:CPU:0" || found.Duration <= 0 ||
		!strings.Contains(found.Inputs, "ReadVariableOp") || !cmp.Equal(found.Outputs, []string{"float [2,2]"}) {
		t.Errorf("recorded %+v: want a product on the CPU of what was read, float [2,2], that took time", *found)
	}
	out, err := session.Run(nil, []tf.Output{value}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := out[0].Value().([][]float32)[1][2]; got != 2 {
		t.Errorf("the variable is %g after the traced run, want 2", got)
	}
}

func TestRunFails(t *testing.T) {
	s := op.NewScope()
	handle := op.VarHandleOp(s, tf.Float, tf.ScalarShape(), op.VarHandleOpSharedName("never set"))
	value := op.ReadVariableOp(s, handle, tf.Float)
	session := graphstest.Open(t, s)
	if _, err := Run(session, []*tf.Operation{value.Op}); err == nil || !strings.Contains(err.Error(), "never set") {
		t.Errorf("error %v, want TensorFlow's about the variable", err)
	}
	if _, err := Run(session, nil); err == nil {
		t.Error("no error without operations to run")
	}
	if err := session.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(session, []*tf.Operation{value.Op}); err == nil || !strings.Contains(err.Error(), "want an open one") {
		t.Errorf("error %v, want one about the closed session", err)
	}
}

func TestOperations(t *testing.T) {
	stats := &step_stats_go_proto.StepStats{DevStats: []*step_stats_go_proto.DeviceStepStats{
		{Device: "/job:localhost/replica:0/task:0/device:CPU:0", NodeStats: []*step_stats_go_proto.NodeExecStats{
			{NodeName: "_SOURCE", AllStartNanos: 1},
			{NodeName: "b/Relu", TimelineLabel: "[cpu 0.2MB 0.1MB] b/Relu = Relu(a/MatMul)", AllStartNanos: 2000, OpStartRelNanos: 30, OpEndRelNanos: 80,
				Memory: []*step_stats_go_proto.AllocatorMemoryUsed{{TotalBytes: 7}, {TotalBytes: 5}}},
			{NodeName: "a/MatMul", TimelineLabel: "a/MatMul = _MklMatMul(x, y)", AllStartMicros: 1, OpStartRelMicros: 2, OpEndRelMicros: 5},
		}},
		{Device: "/device:GPU:0/stream:all", NodeStats: []*step_stats_go_proto.NodeExecStats{{NodeName: "void kernel<float>", AllStartNanos: 5000}}},
	}}
	want := []Operation{
		{Name: "b/Relu", Type: "Relu", Device: "/device:CPU:0", Inputs: "a/MatMul", Start: time.Unix(0, 2030), Duration: 50, Bytes: 12},
		{Name: "a/MatMul", Type: "_MklMatMul", Device: "/device:CPU:0", Inputs: "x, y", Start: time.Unix(0, 3000), Duration: 3000},
		{Name: "void kernel<float>", Type: "void kernel<float>", Device: "/device:GPU:0/stream:all", Start: time.Unix(0, 5000)},
	}
	if diff := cmp.Diff(want, operations(stats)); diff != "" {
		t.Errorf("- want, + got:\n%s", diff)
	}
}

// at returns an operation that starts and ends at the given microseconds after the
// first second.
func at(name, kind, device string, from, to int64) Operation {
	return Operation{Name: name, Type: kind, Device: device, Start: time.Unix(1, from*1000), Duration: time.Duration(to-from) * time.Microsecond}
}

func steps() []Step {
	return []Step{
		{Start: time.Unix(1, 0), Duration: 100 * time.Microsecond, Operations: []Operation{
			at("a", "MatMul", "/device:CPU:0", 10, 50), at("b", "MatMul", "/device:CPU:0", 20, 40), at("c", "Relu", "/device:CPU:0", 50, 60)}},
		{Start: time.Unix(1, 200e3), Duration: 50 * time.Microsecond, Operations: []Operation{
			at("a", "MatMul", "/device:CPU:0", 210, 230), at("k", "kernel", "/device:GPU:0", 215, 225)}},
	}
}

func TestTotals(t *testing.T) {
	const us = time.Microsecond
	want := []Total{{"a", "MatMul", 2, 60 * us, .6}, {"b", "MatMul", 1, 20 * us, .2}, {"c", "Relu", 1, 10 * us, .1}, {"k", "kernel", 1, 10 * us, .1}}
	if diff := cmp.Diff(want, ByOperation(steps())); diff != "" {
		t.Errorf("by operation, - want, + got:\n%s", diff)
	}
	want = []Total{{"", "MatMul", 3, 80 * us, .8}, {"", "Relu", 1, 10 * us, .1}, {"", "kernel", 1, 10 * us, .1}}
	if diff := cmp.Diff(want, ByType(steps())); diff != "" {
		t.Errorf("by type, - want, + got:\n%s", diff)
	}
	if got := ByType(nil); len(got) != 0 {
		t.Errorf("no steps: got %v", got)
	}
}

func TestWriteChrome(t *testing.T) {
	var b bytes.Buffer
	if err := WriteChrome(&b, steps()); err != nil {
		t.Fatal(err)
	}
	var file struct {
		TraceEvents []struct {
			Name, Ph string
			Pid, Tid int
			Ts, Dur  float64
			Args     struct{ Name string }
		}
	}
	if err := json.Unmarshal(b.Bytes(), &file); err != nil {
		t.Fatal(err)
	}
	processes := map[int]string{}
	var got []string
	for _, e := range file.TraceEvents {
		switch e.Ph {
		case "M":
			processes[e.Pid] = e.Args.Name
		case "X":
			got = append(got, strings.Join([]string{processes[e.Pid], string(rune('0' + e.Tid)), e.Name, e.Args.Name,
				(time.Duration(e.Ts) * time.Microsecond).String(), (time.Duration(e.Dur) * time.Microsecond).String()}, " "))
		}
	}
	want := []string{
		"steps 0 step 1  0s 100µs",
		"/device:CPU:0 0 MatMul a 10µs 40µs",
		"/device:CPU:0 1 MatMul b 20µs 20µs", // overlaps a
		"/device:CPU:0 0 Relu c 50µs 10µs",
		"steps 0 step 2  200µs 50µs",
		"/device:CPU:0 0 MatMul a 210µs 20µs",
		"/device:GPU:0 0 kernel k 215µs 10µs",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("- want, + got:\n%s", diff)
	}
}
