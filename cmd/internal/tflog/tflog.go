// Package tflog keeps TensorFlow's log lines off the terminal.
//
// TensorFlow logs its first lines while it is loaded, before main begins. Most of them
// depend on TF_CPP_MIN_LOG_LEVEL, which TensorFlow reads only at that time, so setting
// the variable in main is too late. The libraries resolve getenv to the executable's
// definition before the C library's. This package defines a getenv that returns a value
// for that variable, unless the user has set it or the command line has --tf-log.
//
// Some lines ignore the variable: the notice about oneDNN since release 2.21 and, in a
// CUDA build, the warnings about cuDNN and cuBLAS. While the libraries are loaded,
// standard error is therefore a file in memory. Everything but log lines is passed on
// before main begins; if a library ends the process, all of it is.
package tflog

// #include <stdlib.h>
// #include "load.h"
import "C"

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// holding serializes Hold: a second call would mistake the first call's file for
// standard error.
var holding sync.Mutex

// Hold runs f while it captures what C code writes to the process's standard error,
// then passes on everything but the log lines that TensorFlow writes at its first
// session regardless of the log level. It captures os.Stderr as well.
func Hold(f func() error) error {
	holding.Lock()
	defer holding.Unlock()
	held, err := capture(f)
	for _, line := range withoutLog(string(held)) {
		fmt.Fprintln(os.Stderr, line)
	}
	return err
}

// withoutLog returns the lines of a text that are not log lines.
func withoutLog(text string) []string {
	var rest []string
	within := false // inside a log message of several lines
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case noise(line):
			within = strings.Contains(line, "Can't find libdevice") || strings.Contains(line, "None of the algorithms")
		case !within || strings.HasPrefix(line, "tflab: "):
			rest, within = append(rest, line), false
		}
	}
	return rest
}

// capture returns what was written to file descriptor 2 while f ran. If the descriptor
// cannot be redirected, capture only runs f.
func capture(f func() error) ([]byte, error) {
	saved, err := unix.Dup(unix.Stderr)
	if err != nil {
		return nil, f()
	}
	defer unix.Close(saved)
	fd, err := unix.MemfdCreate("stderr", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, f()
	}
	memory := os.NewFile(uintptr(fd), "stderr")
	defer memory.Close()
	if err := unix.Dup2(fd, unix.Stderr); err != nil {
		return nil, f()
	}
	result := func() error {
		defer func() { _ = unix.Dup2(saved, unix.Stderr) }() // there is nowhere to report a failure
		return f()
	}()
	if _, err := memory.Seek(0, io.SeekStart); err != nil {
		return nil, result
	}
	held, _ := io.ReadAll(memory) // a read error loses only the unread part
	return held, result
}

// noise reports whether a line is a log line.
func noise(line string) bool {
	text := C.CString(line)
	defer C.free(unsafe.Pointer(text))
	return C.tflab_noise(text, C.size_t(len(line))) != 0
}

// Unless runs f directly if the log is to be shown, and through Hold otherwise.
func Unless(shown bool, f func() error) error {
	if shown {
		return f()
	}
	return Hold(f)
}
