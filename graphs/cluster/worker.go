package cluster

import (
	"context"
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

	"github.com/tflab/tflab/graphs/release"
)

// Worker is a worker as a client sees it.
type Worker struct {
	Address string   `json:"address"`
	Release string   `json:"tensorflow"`
	Devices []string `json:"devices"` // their types, the CPU first: "cpu", "gpu"
}

// A Fault is what went wrong with a worker.
type Fault struct {
	Address string // "": it is not known which
	Err     error
}

// Error implements error.
func (f *Fault) Error() string {
	if f.Address == "" {
		return fmt.Sprintf("a worker failed: %v", f.Err)
	}
	return fmt.Sprintf("worker %s: %v", f.Address, f.Err)
}

func (f *Fault) Unwrap() error { return f.Err }

// line is a connection to one worker, beside the sessions that compute: it tells what
// the worker is and whether it answers.
type line struct {
	address string
	timeout time.Duration
	session *tf.Session
}

// Look asks a worker what it is, within the timeout. A worker that does not answer, or
// is of another release of TensorFlow than this process, is a Fault.
func Look(ctx context.Context, address string, timeout time.Duration) (Worker, error) {
	l, w, err := connect(ctx, address, timeout)
	l.close()
	return w, err
}

// LookAll is Look for several workers at once. The faults are in their order.
func LookAll(ctx context.Context, addresses []string, timeout time.Duration) ([]Worker, error) {
	lines, workers, err := connectAll(ctx, addresses, timeout)
	closeAll(lines)
	return workers, err
}

func connectAll(ctx context.Context, addresses []string, timeout time.Duration) ([]*line, []Worker, error) {
	lines, workers, faults := make([]*line, len(addresses)), make([]Worker, len(addresses)), make([]error, len(addresses))
	var all sync.WaitGroup
	for i, address := range addresses {
		all.Go(func() { lines[i], workers[i], faults[i] = connect(ctx, address, timeout) })
	}
	all.Wait()
	return lines, workers, errors.Join(faults...)
}

func closeAll(lines []*line) {
	for _, l := range lines {
		l.close()
	}
}

// connect opens a line. TensorFlow's session tries for ever to reach an address where
// nobody listens, so a plain connection comes first.
func connect(ctx context.Context, address string, timeout time.Duration) (*line, Worker, error) {
	w := Worker{Address: address}
	fault := func(err error) (*line, Worker, error) { return nil, w, &Fault{address, err} }
	dialer := net.Dialer{Timeout: timeout}
	c, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return fault(dialError(err, address, timeout))
	}
	c.Close()
	l, err := newLine(address, timeout)
	if err != nil {
		return fault(err)
	}
	devices, err := l.ask()
	if err != nil {
		l.close()
		return fault(err)
	}
	for _, d := range devices {
		job, _, _ := strings.Cut(strings.TrimPrefix(d.Name, "/job:"), "/")
		if version, ours := strings.CutPrefix(job, jobPrefix); ours {
			w.Release = strings.ReplaceAll(version, "_", ".")
		}
		w.Devices = append(w.Devices, strings.ToLower(d.Type))
	}
	switch here := release.Loaded(); {
	case w.Release == "":
		l.close()
		return fault(errors.New("a server of TensorFlow, but no worker of tflab, answers there: start one with: tflab worker --listen " + address))
	case w.Release != here:
		l.close()
		return fault(&ReleaseError{w.Release, here})
	}
	return l, w, nil
}

// ReleaseError says that a worker has another release of TensorFlow than this process.
type ReleaseError struct{ There, Here string }

// Error implements error.
func (e *ReleaseError) Error() string {
	return fmt.Sprintf("it has TensorFlow %s, this process has %s: install the same release on both", e.There, e.Here)
}

// dialError is a failed connection for people.
func dialError(err error, address string, timeout time.Duration) error {
	var net net.Error
	if errors.As(err, &net) && net.Timeout() {
		return fmt.Errorf("no connection within %s: is the machine up, and does a firewall let the port through?", timeout)
	}
	var cause error = err
	for inner := errors.Unwrap(cause); inner != nil; inner = errors.Unwrap(cause) {
		cause = inner
	}
	return fmt.Errorf("no connection: %w: start it there with: tflab worker --listen %s", cause, address)
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
	return &line{address, timeout, s}, nil
}

// ask lists the worker's devices. It returns within the timeout even if the worker fails.
func (l *line) ask() ([]tf.Device, error) {
	type answer struct {
		devices []tf.Device
		err     error
	}
	answers := make(chan answer, 1)
	go func() {
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

// knockAfter is how long TensorFlow may take to answer before the port is tried: to a
// process that has gone, TensorFlow tries to connect until the timeout.
const knockAfter = 250 * time.Millisecond

// knock says that nobody listens any more.
func (l *line) knock() error {
	c, err := net.DialTimeout("tcp", l.address, knockAfter)
	if err == nil {
		return c.Close()
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return errors.New("it has gone: nobody listens there any more")
	}
	return nil // slow, perhaps
}

func (l *line) silent() error { return fmt.Errorf("no answer within %s", l.timeout) }

// explain says for people what TensorFlow says of a worker.
func (l *line) explain(err error) error {
	switch text := firstLine(err); {
	case strings.Contains(text, "Deadline Exceeded"):
		return l.silent()
	case strings.Contains(text, "not found") || strings.Contains(text, "Aborted"):
		return errors.New("it was started anew and has lost its session")
	case disconnected(text):
		return errors.New("it has gone: the connection broke off")
	default:
		return errors.New(text)
	}
}

// disconnected recognizes what gRPC says when a process or a network has gone.
func disconnected(text string) bool {
	for _, sign := range []string{"Socket closed", "onnection reset", "onnection refused", "failed to connect", "Broken pipe",
		"recvmsg", "GOAWAY", "keepalive", "Transport closed", "Endpoint read failed", "Network is unreachable", "No route to host", "Stream removed"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

func firstLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

// close ends the line. To a worker that has gone the end takes for ever to say.
func (l *line) close() {
	if l != nil {
		go l.session.Close()
	}
}
