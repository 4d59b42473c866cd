package cluster

import (
	"strconv"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/core/protobuf/for_core_protos_go_proto"
	"google.golang.org/protobuf/proto"
)

// Device returns the device name of a worker for the placement of operations.
func Device(worker int) string { return "/job:" + sessionJob + "/task:" + strconv.Itoa(worker) }

// Session is a session on all workers of a watch. If a worker fails, all calls return
// an error at once.
type Session struct {
	watch   *Watch
	session *tf.Session
	calls   chan call
}

// call is a call of Run.
type call struct {
	feeds   map[tf.Output]*tf.Tensor
	fetches []tf.Output
	targets []*tf.Operation
	result  chan<- result
}

type result struct {
	tensors []*tf.Tensor
	err     error
}

// NewSession opens a session for a graph. The first worker is the master of the
// session. Closing the session closes the watch.
func NewSession(g *tf.Graph, w *Watch, config *for_core_protos_go_proto.ConfigProto) (*Session, error) {
	job := &for_core_protos_go_proto.JobDef{Name: sessionJob, Tasks: map[int32]string{}}
	for i, worker := range w.Workers {
		job.Tasks[int32(i)] = worker.Address
	}
	config.ClusterDef = &for_core_protos_go_proto.ClusterDef{Job: []*for_core_protos_go_proto.JobDef{job}}
	raw, err := proto.Marshal(config)
	if err != nil {
		return nil, err
	}
	s, err := tf.NewSession(g, &tf.SessionOptions{Target: "grpc://" + w.Workers[0].Address, Config: raw})
	if err != nil {
		return nil, w.Explain(err)
	}
	all := &Session{watch: w, session: s, calls: make(chan call)}
	go all.serve()
	return all, nil
}

// serve executes the calls of Run. A call may never return if a worker has gone; in
// this case Run does not wait for serve.
func (s *Session) serve() {
	for c := range s.calls {
		tensors, err := s.session.Run(c.feeds, c.fetches, c.targets)
		c.result <- result{tensors, err}
	}
}

// Run is like the Run of tf.Session, but allows only one call at a time. If a worker
// fails during the call, the error is a Fault.
func (s *Session) Run(feeds map[tf.Output]*tf.Tensor, fetches []tf.Output, targets []*tf.Operation) ([]*tf.Tensor, error) {
	results := make(chan result, 1)
	select {
	case <-s.watch.Lost():
		return nil, s.watch.Fault()
	case s.calls <- call{feeds, fetches, targets, results}:
	}
	select {
	case <-s.watch.Lost():
		return nil, s.watch.Fault()
	case r := <-results:
		if r.err != nil {
			return nil, s.watch.Explain(r.err)
		}
		return r.tensors, nil
	}
}

// ListDevices lists the devices of all workers.
func (s *Session) ListDevices() ([]tf.Device, error) {
	type list struct {
		devices []tf.Device
		err     error
	}
	lists := make(chan list, 1)
	go func() {
		devices, err := s.session.ListDevices()
		lists <- list{devices, err}
	}()
	select {
	case <-s.watch.Lost():
		return nil, s.watch.Fault()
	case l := <-lists:
		if l.err != nil {
			return nil, s.watch.Explain(l.err)
		}
		return l.devices, nil
	}
}

// Close closes the watch and the session, which frees the session's memory on the
// workers. The memory on a failed worker cannot be freed, and Close does not wait for
// that worker. Run must not be called afterwards.
func (s *Session) Close() error {
	defer s.watch.Close()
	close(s.calls)
	closed := make(chan error, 1)
	go func() { closed <- s.session.Close() }()
	select {
	case <-s.watch.Lost():
		return nil
	case err := <-closed:
		return err
	}
}

// Workers returns the workers of the session.
func (s *Session) Workers() []Worker { return s.watch.Workers }
