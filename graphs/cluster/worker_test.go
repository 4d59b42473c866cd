package cluster

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tflab/tflab/graphs/release"
)

// startAs starts a server in this process that reports the given job, and returns its
// address.
func startAs(t *testing.T, job string) string {
	t.Helper()
	at, err := resolve("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	definition, err := serverDef(job, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := start(definition); err != nil {
		t.Fatal(err)
	}
	return at.String()
}

// LookAll returns an error with the worker's address for a worker of another release and
// for a server that is not a worker. A valid worker among them is not named.
func TestLookRefuses(t *testing.T) {
	here := release.Loaded()
	own, other, foreign := startAs(t, ownJob(here)), startAs(t, ownJob("2.14.7")), startAs(t, "localhost")
	for address, want := range map[string]string{
		own:     "",
		other:   "worker " + other + ": TensorFlow 2.14.7, but this process has " + here,
		foreign: "worker " + foreign + ": a TensorFlow server that is not a tflab worker",
	} {
		found, err := LookAll(context.Background(), []string{address}, time.Minute)
		w := found[0]
		if want == "" {
			if err != nil || w.Release != here || !slices.Contains(w.Devices, "cpu") {
				t.Errorf("%+v, %v", w, err)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
		if differs := new(ReleaseError); errors.As(err, &differs) != (address == other) {
			t.Errorf("%v: ReleaseError is %v", err, !(address == other))
		}
	}
	if w, err := NewWatch(context.Background(), []string{own, other}, time.Minute); err == nil {
		w.Close()
		t.Error("a session with another release is allowed")
	} else if strings.Contains(err.Error(), own) || !strings.Contains(err.Error(), other) {
		t.Errorf("error %v, want %s alone to be named", err, other)
	}
}

// A line can be closed while it is in use.
func TestLineCloses(t *testing.T) {
	address := startAs(t, ownJob(release.Loaded()))
	for range 20 {
		l, _, err := connect(context.Background(), address, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() {
			for {
				if _, err := l.ask(); err != nil {
					ended <- err
					return
				}
			}
		}()
		time.Sleep(2 * time.Millisecond)
		l.close()
		if err := <-ended; !errors.Is(err, errClosed) {
			t.Fatalf("error %v, want %v", err, errClosed)
		}
	}
}
