package graphs

import (
	"errors"
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
	"google.golang.org/protobuf/proto"
)

// SessionOptions returns the options of a session on the device of o, with its threads.
// They are those of Compile, for graphs that Compile has not built.
func SessionOptions(o Options) (*tf.SessionOptions, error) { return o.sessionOptions() }

// localSession opens a session for the graph of a scope, on the CPU of this process with
// one thread.
func localSession(s *op.Scope) (*tf.Session, error) {
	if err := scopeError(s); err != nil {
		return nil, err
	}
	graph, err := s.Finalize()
	if err != nil {
		return nil, fmt.Errorf("graphs: %w", err)
	}
	settings, err := Options{Device: CPU, Threads: 1}.sessionOptions()
	if err != nil {
		return nil, err
	}
	session, err := tf.NewSession(graph, settings)
	if err != nil {
		return nil, fmt.Errorf("graphs: %w", err)
	}
	return session, nil
}

// WorkerConfig returns the options of all sessions on a worker of a cluster, on the
// device of o with its threads, as a serialized ConfigProto.
func WorkerConfig(o Options) (config []byte, device Device, err error) {
	chosen, err := o.Device.choose()
	if err != nil {
		return nil, "", err
	}
	o.Device = chosen.device
	settings, err := o.config()
	if err != nil {
		return nil, "", err
	}
	// The operations that send and receive gradients run concurrently with the
	// computation.
	settings.InterOpParallelismThreads = int32(max(2, o.Threads))
	settings.Experimental = nil
	config, err = proto.Marshal(settings)
	return config, o.Device, err
}

// WarmUp runs a graph of one operation with a serialized ConfigProto. At the first run
// in a process TensorFlow writes log lines.
func WarmUp(config []byte) error {
	s := op.NewScope()
	nothing := op.NoOp(s)
	graph, err := s.Finalize()
	if err != nil {
		return fmt.Errorf("graphs: %w", err)
	}
	session, err := tf.NewSession(graph, &tf.SessionOptions{Config: config})
	if err != nil {
		return fmt.Errorf("graphs: %w", err)
	}
	_, err = session.Run(nil, nil, []*tf.Operation{nothing})
	return errors.Join(err, session.Close())
}

// session is the part of tf.Session that a program needs.
type session interface {
	runner
	ListDevices() ([]tf.Device, error)
	Close() error
}
