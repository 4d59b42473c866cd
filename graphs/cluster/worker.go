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

// Worker describes a worker to a client.
type Worker struct {
	Address string   `json:"address"`
	Release string   `json:"tensorflow"`
	Devices []string `json:"devices"` // types of the devices, the CPU first: "cpu", "gpu"
}

// A Fault is an error of a worker.
type Fault struct {
	Address string // "" if the worker is not known
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

// line is a connection to one worker, separate from the sessions that compute. It
// queries the worker's properties and whether the worker answers.
type line struct {
	address string
	timeout time.Duration
	session *tf.Session
}

// Look queries a worker within the timeout. If the worker does not answer, or has
// another release of TensorFlow than this process, the error is a Fault.
func Look(ctx context.Context, address string, timeout time.Duration) (Worker, error) {
	l, w, err := connect(ctx, address, timeout)
	l.close()
	return w, err
}

// LookAll calls Look for several workers at once. The faults are in the order of the
// addresses.
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

// connect opens a line. It first opens a plain connection, since TensorFlow's session
// tries forever to reach an address where nothing listens.
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
		return fault(errors.New("a TensorFlow server that is not a tflab worker: start a worker there with: tflab worker --listen " + address))
	case w.Release != here:
		l.close()
		return fault(&ReleaseError{w.Release, here})
	}
	return l, w, nil
}

// ReleaseError reports that a worker has another release of TensorFlow than this
// process.
type ReleaseError struct{ There, Here string }

// Error implements error.
func (e *ReleaseError) Error() string {
	return fmt.Sprintf("TensorFlow %s, but this process has %s: install the same release on both", e.There, e.Here)
}

// dialError returns a readable error for a failed connection.
func dialError(err error, address string, timeout time.Duration) error {
	var net net.Error
	if errors.As(err, &net) && net.Timeout() {
		return fmt.Errorf("no connection within %s: check that the machine is up and that no firewall blocks the port", timeout)
	}
	var cause error = err
	for inner := errors.Unwrap(cause); inner != nil; inner = errors.Unwrap(cause) {
		cause = inner
	}
	return fmt.Errorf("no connection: %w: start a worker there with: tflab worker --listen %s", cause, address)
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

// ask lists the worker's devices. It returns within the timeout even if the worker
// fails.
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

// disconnected reports whether a text is gRPC's error for a process or a network that
// has gone.
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

// close closes the line in the background, since closing the connection to a worker
// that has gone takes forever.
func (l *line) close() {
	if l != nil {
		go l.session.Close()
	}
}
