package tflog

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestNoise(t *testing.T) {
	for line, want := range map[string]bool{
		"I0000 00:00:1795449458.752523   12918 mlir_graph_optimization_pass.cc:401] MLIR V1 optimization pass is not enabled": true,
		"W0000 00:00:1795449458.752523   12918 gpu_device.cc:2344] Cannot dlopen some GPU libraries":                          true,
		"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR":                              true,
		"F0000 00:00:1795449458.752523   12918 tensor.cc:10] Check failed":                                                    false, // says why the process dies
		"Illegal instruction": false,
		"I am a word":         false,
		"":                    false,
		"E123":                false,
	} {
		if got := noise(line); got != want {
			t.Errorf("%q: got %t, want %t", line, got, want)
		}
	}
}

// redirected returns what is written to file descriptor 2 while f runs.
func redirected(t *testing.T, f func()) string {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	saved, err := unix.Dup(unix.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Dup2(int(write.Fd()), unix.Stderr); err != nil {
		t.Fatal(err)
	}
	write.Close()
	f()
	if err := unix.Dup2(saved, unix.Stderr); err != nil { // closes the last writer of the pipe
		t.Fatal(err)
	}
	unix.Close(saved)
	out, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestHold(t *testing.T) {
	failed := errors.New("no session")
	var err error
	got := redirected(t, func() {
		err = Hold(func() error {
			fmt.Fprintln(os.Stderr, "I0000 00:00:1795449458.752523   12918 direct_session.cc:4] hello")
			fmt.Fprintln(os.Stderr, "terminate called")
			fmt.Fprint(os.Stderr, "the last line has no end")
			return failed
		})
		fmt.Fprintln(os.Stderr, "I0000 00:00:1795449458.752523   12918 direct_session.cc:4] later")
	})
	want := "terminate called\nthe last line has no end\nI0000 00:00:1795449458.752523   12918 direct_session.cc:4] later\n"
	if got != want {
		t.Errorf("passed on %q, want %q", got, want)
	}
	if !errors.Is(err, failed) {
		t.Errorf("got error %v, want that of the function", err)
	}
}

func TestLogOfManyLines(t *testing.T) {
	const log = "W0000 00:00:1795532683.952637   23637 conv_ops_gpu.cc:330] None of the algorithms provided by cuDNN frontend heuristics worked; trying fallback algorithms.  Conv: batch: 128\n" +
		"in_depths: 1\nversion: 3\n\n" +
		"tflab: warning: running on the CPU\nterminate called\n"
	got := strings.Join(withoutLog(log), "\n")
	if want := "tflab: warning: running on the CPU\nterminate called"; got != want {
		t.Errorf("passed on %q, want %q", got, want)
	}
}
