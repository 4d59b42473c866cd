package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serveForTest runs "tflab serve" until the end of the test and returns the address of
// the page. The server must exit with status 0 on SIGTERM.
func serveForTest(t *testing.T, args ...string) (url string) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	out, in := io.Pipe()
	errs := &strings.Builder{}
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, append([]string{"tflab", "serve", "--listen", "127.0.0.1:0"}, args...), in, errs)
		in.Close()
	}()
	lines := bufio.NewScanner(out)
	for url == "" && lines.Scan() {
		if _, after, found := strings.Cut(lines.Text(), "page  "); found {
			url = after
		}
	}
	if url == "" {
		t.Fatalf("serve: status %d: %s", <-status, errs)
	}
	go io.Copy(io.Discard, out) //nolint:errcheck // whatever comes, until the end
	t.Cleanup(func() {
		cancel(interrupted{syscall.SIGTERM})
		select {
		case got := <-status:
			if got != statusDone {
				t.Errorf("serve: status %d on SIGTERM: %s", got, errs)
			}
		case <-time.After(30 * time.Second):
			t.Error("serve does not end on SIGTERM")
		}
	})
	return url
}
