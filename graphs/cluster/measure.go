package cluster

import (
	"context"
	"fmt"
	"strconv"
	"time"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/core/protobuf/for_core_protos_go_proto"
	"github.com/wamuir/graft/tensorflow/op"
)

// Link holds the measurements of the connection from one worker to another.
type Link struct {
	From, To  string
	RoundTrip time.Duration // time of a step that sends only one number
	Bandwidth float64       // bytes per second
}

// measuredBytes is the number of bytes that a measurement of the bandwidth sends.
const measuredBytes = 16 << 20

// Answer returns the time that a worker takes to answer this process: the shortest of
// several.
func (w *Watch) Answer(worker int) (time.Duration, error) {
	return least(10, func() error {
		_, err := w.lines[worker].ask()
		return err
	})
}

// Measure measures the transfer of data from each worker to every other one, through
// TensorFlow. It closes the watch.
func Measure(ctx context.Context, w *Watch) ([]Link, error) {
	s := op.NewScope()
	n := len(w.Workers)
	small, large := newProbes(s, n, 1), newProbes(s, n, measuredBytes/4)
	if s.Err() != nil {
		return nil, s.Err()
	}
	graph, err := s.Finalize()
	if err != nil {
		return nil, err
	}
	session, err := NewSession(graph, w, &for_core_protos_go_proto.ConfigProto{})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	if _, err := session.Run(nil, nil, append(small.fill, large.fill...)); err != nil {
		return nil, err
	}
	var links []Link
	for from := range n {
		for to := range n {
			if from == to || ctx.Err() != nil {
				continue
			}
			link, err := measure(session, small.send[from][to], large.send[from][to])
			if err != nil {
				return nil, fmt.Errorf("from %s to %s: %w", w.Workers[from].Address, w.Workers[to].Address, err)
			}
			link.From, link.To = w.Workers[from].Address, w.Workers[to].Address
			links = append(links, link)
		}
	}
	return links, ctx.Err()
}

func measure(s *Session, small, large *tf.Operation) (l Link, err error) {
	run := func(o *tf.Operation) func() error {
		return func() error {
			_, err := s.Run(nil, nil, []*tf.Operation{o})
			return err
		}
	}
	if l.RoundTrip, err = least(20, run(small)); err != nil {
		return l, err
	}
	took, err := least(5, run(large))
	l.Bandwidth = measuredBytes / max(took-l.RoundTrip, time.Microsecond).Seconds()
	return l, err
}

// least returns the shortest time of several calls, after a first call that is not
// measured.
func least(times int, f func() error) (time.Duration, error) {
	shortest := time.Duration(1<<63 - 1)
	for i := range times + 1 {
		begun := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		if i > 0 {
			shortest = min(shortest, time.Since(begun))
		}
	}
	return shortest, nil
}

// probes holds a variable for each worker, and the operations that send it to another
// worker.
type probes struct {
	fill []*tf.Operation
	send [][]*tf.Operation // [from][to]
}

func newProbes(s *op.Scope, n, size int) probes {
	s = s.SubScope("probe_" + strconv.Itoa(size))
	shape := tf.MakeShape(int64(size))
	variable := func(worker int, name string) tf.Output {
		own := s.SubScope(name).WithDevice(Device(worker) + "/device:CPU:0")
		return op.VarHandleOp(own, tf.Float, shape, op.VarHandleOpSharedName(fmt.Sprintf("%s_%d_%d", name, size, worker)))
	}
	var p probes
	var sources, sinks []tf.Output
	for i := range n {
		own := s.SubScope("fill").WithDevice(Device(i) + "/device:CPU:0")
		sources, sinks = append(sources, variable(i, "source")), append(sinks, variable(i, "sink"))
		zeros := op.Fill(own, op.Const(own.SubScope("size"), []int32{int32(size)}), op.Const(own.SubScope("zero"), float32(0)))
		p.fill = append(p.fill, op.AssignVariableOp(own, sources[i], zeros))
	}
	for from := range n {
		value := op.ReadVariableOp(s.SubScope("read").WithDevice(Device(from)+"/device:CPU:0"), sources[from], tf.Float)
		var to []*tf.Operation
		for i := range n {
			to = append(to, op.AssignVariableOp(s.SubScope("send").WithDevice(Device(i)+"/device:CPU:0"), sinks[i], value))
		}
		p.send = append(p.send, to)
	}
	return p
}
