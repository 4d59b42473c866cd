package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

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

// LookAll queries workers, all at once, within the timeout. If a worker does not answer,
// or has another release of TensorFlow than this process, the error is a Fault. The
// faults are in the order of the addresses.
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
