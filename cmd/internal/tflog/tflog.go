// Package tflog keeps TensorFlow's own log lines off the terminal.
//
// TensorFlow writes its first lines while it is loaded, before a Go program's main
// begins. Most of them depend on TF_CPP_MIN_LOG_LEVEL, for which TensorFlow looks
// only then: setting the variable in main comes too late. The libraries find the
// executable's getenv before the C library's, and the one here answers for that
// variable, unless the user has set it or the command line has --tf-log.
//
// Some lines come whatever the variable says: the notice about oneDNN since 2.21 and,
// in a build for GPUs, the complaints about cuDNN and cuBLAS. While the libraries are
// loaded, standard error is a file in memory; what is no log line is passed on before
// main begins, and all of it if a library ends the process.
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

// holding lets one Hold at a time have the process's standard error: a second one
// would take the first one's file for it.
var holding sync.Mutex

// Hold runs f while what C code writes to the process's standard error is
// held back, then passes on all of it but the log lines that TensorFlow writes
// at its first session, whatever the log level. Meanwhile os.Stderr is held
// back as well.
func Hold(f func() error) error {
	holding.Lock()
	defer holding.Unlock()
	held, err := capture(f)
	for _, line := range withoutLog(string(held)) {
		fmt.Fprintln(os.Stderr, line)
	}
	return err
}

// withoutLog are the lines of a text that do not belong to the log.
func withoutLog(text string) []string {
	var rest []string
	within := false // a message of many lines
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

// capture returns what was written to file descriptor 2 while f ran. Where it
// cannot be captured, f runs all the same.
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
		defer func() { _ = unix.Dup2(saved, unix.Stderr) }() // a failure could be told nowhere
		return f()
	}()
	if _, err := memory.Seek(0, io.SeekStart); err != nil {
		return nil, result
	}
	held, _ := io.ReadAll(memory) // what can be read is passed on
	return held, result
}

// noise recognizes a line of the log.
func noise(line string) bool {
	text := C.CString(line)
	defer C.free(unsafe.Pointer(text))
	return C.tflab_noise(text, C.size_t(len(line))) != 0
}

// Unless runs f as Hold does, unless the log is to be shown.
func Unless(shown bool, f func() error) error {
	if shown {
		return f()
	}
	return Hold(f)
}
