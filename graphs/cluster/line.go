package cluster

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/core/protobuf/for_core_protos_go_proto"
	"google.golang.org/protobuf/proto"
)

// line is a connection to one worker, separate from the sessions that compute. It
// queries the worker's properties and whether the worker answers.
type line struct {
	address string
	timeout time.Duration
	session *tf.Session

	asking sync.WaitGroup // calls of session.ListDevices that have not returned
	mu     sync.Mutex
	closed bool // no more calls
}

func newLine(address string, timeout time.Duration) (*line, error) {
	config, err := proto.Marshal(&for_core_protos_go_proto.ConfigProto{OperationTimeoutInMs: timeout.Milliseconds()})
	if err != nil {
		return nil, err
	}
	s, err := tf.NewSession(tf.NewGraph(), &tf.SessionOptions{Target: "grpc://" + address, Config: config})
	if err != nil {
		return nil, errors.New(firstLine(err))
	}
	return &line{address: address, timeout: timeout, session: s}, nil
}

// ask lists the worker's devices. It returns within the timeout even if the worker
// fails.
func (l *line) ask() ([]tf.Device, error) {
	type answer struct {
		devices []tf.Device
		err     error
	}
	if !l.begin() {
		return nil, errClosed
	}
	answers := make(chan answer, 1)
	go func() {
		defer l.asking.Done()
		devices, err := l.session.ListDevices()
		answers <- answer{devices, err}
	}()
	limit := time.NewTimer(l.timeout)
	defer limit.Stop()
	doubt := time.NewTicker(knockAfter)
	defer doubt.Stop()
	for {
		select {
		case a := <-answers:
			if a.err != nil {
				return nil, l.explain(a.err)
			}
			return a.devices, nil
		case <-doubt.C:
			if err := l.knock(); err != nil {
				return nil, err
			}
		case <-limit.C:
			return nil, l.silent()
		}
	}
}

// knockAfter is how long TensorFlow may take to answer before the port is checked: if
// the process has gone, TensorFlow tries to connect until the timeout.
const knockAfter = 250 * time.Millisecond

// knock returns an error if nothing listens on the port any more.
func (l *line) knock() error {
	c, err := net.DialTimeout("tcp", l.address, knockAfter)
	if err == nil {
		return c.Close()
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return errors.New("not running any more: nothing listens on the port")
	}
	return nil // the worker may be slow
}

func (l *line) silent() error { return fmt.Errorf("no answer within %s", l.timeout) }

// explain returns a readable error for TensorFlow's error about a worker.
func (l *line) explain(err error) error {
	switch text := firstLine(err); {
	case strings.Contains(text, "Deadline Exceeded"):
		return l.silent()
	case strings.Contains(text, "not found") || strings.Contains(text, "Aborted"):
		return errors.New("restarted: the session is lost")
	case disconnected(text):
		return errors.New("the connection was lost")
	default:
		return errors.New(text)
	}
}

var errClosed = errors.New("the connection was closed")

// begin counts a call of session.ListDevices, unless the line is closed.
func (l *line) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.asking.Add(1)
	}
	return !l.closed
}

// close closes the line. TensorFlow must not delete a session that is listing its devices,
// which the binding does not prevent. close does not wait, because the call to a worker
// that is gone may take long.
func (l *line) close() {
	if l == nil {
		return
	}
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	go func() {
		l.asking.Wait()
		l.session.Close()
	}()
}
