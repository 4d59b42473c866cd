// Package tflog keeps TensorFlow's own log lines off the terminal.
//
// TensorFlow writes its first line while it is loaded, before a Go program's
// main begins, and looks for TF_CPP_MIN_LOG_LEVEL only then: setting the
// variable in main comes too late. The libraries find the executable's getenv
// before the C library's, and the one here answers for that variable, unless
// the user has set it or the command line has --tf-log.
package tflog

/*
#include <string.h>

extern char **environ;

static int tflab_keep_log; // set before any library's constructor runs

static void tflab_look_for_flag(int argc, char **argv, char **envp) {
	for (int i = 1; i < argc; i++) {
		const char *flag = argv[i] + strspn(argv[i], "-");
		if (flag != argv[i] && (strcmp(flag, "tf-log") == 0 || strcmp(flag, "tf-log=true") == 0)) {
			tflab_keep_log = 1;
		}
	}
}

__attribute__((section(".preinit_array"), used))
static void (*const tflab_preinit)(int, char **, char **) = tflab_look_for_flag;

char *getenv(const char *name) {
	size_t n = strlen(name);
	for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
		if (strncmp(*entry, name, n) == 0 && (*entry)[n] == '=') {
			return *entry + n + 1;
		}
	}
	static char errors_only[] = "3";
	return !tflab_keep_log && strcmp(name, "TF_CPP_MIN_LOG_LEVEL") == 0 ? errors_only : NULL;
}
*/
import "C"

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Hold runs f while what C code writes to the process's standard error is
// held back, then passes on all of it but the log lines that TensorFlow writes
// at its first session, whatever the log level. Meanwhile os.Stderr is held
// back as well.
func Hold(f func() error) error {
	held, err := capture(f)
	for line := range strings.Lines(string(held)) {
		if line = strings.TrimSuffix(line, "\n"); !noise(line) {
			fmt.Fprintln(os.Stderr, line)
		}
	}
	return err
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

// noise recognizes lines of the log: "I0000 00:00:… file.cc:401] …" and the
// warning that Abseil writes before the first of them.
func noise(line string) bool {
	if strings.HasPrefix(line, "WARNING: All log messages before absl::InitializeLog()") {
		return true
	}
	if len(line) < 5 || !strings.ContainsRune("IWE", rune(line[0])) {
		return false
	}
	return strings.Trim(line[1:5], "0123456789") == "" && strings.Contains(line, "] ")
}
