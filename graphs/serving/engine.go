package serving

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/galeone/tfgo"
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/core/protobuf/for_core_protos_go_proto"
	"google.golang.org/protobuf/proto"

	"github.com/tflab/tflab/graphs"
)

// sessionOptions returns the options of Compile, except for the executor: the graph of
// a SavedModel may have branches and loops, and several computations may run
// concurrently.
func sessionOptions(o Options) (*tf.SessionOptions, error) {
	settings, err := graphs.SessionOptions(graphs.Options{Device: o.Device, Threads: o.Threads})
	if err != nil {
		return nil, err
	}
	config := &for_core_protos_go_proto.ConfigProto{}
	if err := proto.Unmarshal(settings.Config, config); err != nil {
		return nil, fmt.Errorf("serving: session options: %w", err)
	}
	if config.Experimental != nil {
		config.Experimental.ExecutorType = ""
	}
	if settings.Config, err = proto.Marshal(config); err != nil {
		return nil, fmt.Errorf("serving: session options: %w", err)
	}
	return settings, nil
}

// engine is a SavedModel loaded by tfgo.
type engine struct {
	model  *tfgo.Model
	closed chan struct{} // closed when tfgo's model has been freed, after its session
}

func loadModel(dir string, tags []string, o *tf.SessionOptions) (e *engine, err error) {
	defer recoverError(&err)
	e = &engine{model: tfgo.LoadModel(dir, tags, o), closed: make(chan struct{})}
	// A cleanup runs after the object's finalizer, which closes the session.
	runtime.AddCleanup(e.model, func(closed chan struct{}) { close(closed) }, e.closed)
	return e, nil
}

func (e *engine) output(name string) (o tf.Output, err error) {
	defer recoverError(&err)
	operation, index, err := tensorName(name)
	if err != nil {
		return o, err
	}
	return e.model.Op(operation, index), nil
}

func (e *engine) run(feeds map[tf.Output]*tf.Tensor, fetches []tf.Output) (results []*tf.Tensor, err error) {
	defer recoverError(&err)
	return e.model.Exec(fetches, feeds), nil
}

// closing is the maximum time that close waits for the collector, which needs
// milliseconds.
const closing = 10 * time.Second

// close drops the model and runs the collector. In the first collection the model is
// unreachable, and its finalizer closes the session; the second frees the model and its
// graph.
func (e *engine) close() error {
	e.model = nil
	timeout := time.After(closing)
	for {
		runtime.GC()
		select {
		case <-e.closed:
			return nil
		case <-timeout:
			return fmt.Errorf("serving: the session was not closed within %v", closing)
		case <-time.After(time.Millisecond): // the finalizer runs on another goroutine
		}
	}
}

// tensorName splits "OPERATION:INDEX". Without an index it is the first output.
func tensorName(name string) (operation string, index int, err error) {
	operation, number, found := strings.Cut(name, ":")
	if found {
		if index, err = strconv.Atoi(number); err != nil || index < 0 {
			return "", 0, fmt.Errorf("%q is not the name of a tensor: want OPERATION:INDEX", name)
		}
	}
	return operation, index, nil
}

// recoverError turns a panic of tfgo into an error.
func recoverError(err *error) {
	if p := recover(); p != nil {
		*err = oneLine(fmt.Sprint(p))
	}
}
