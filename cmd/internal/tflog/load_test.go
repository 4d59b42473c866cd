package tflog

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// noisy is the source of a library that logs while it is loaded, as TensorFlow does.
const noisy = `
#include <stdio.h>
#include <stdlib.h>
__attribute__((constructor)) static void load(void) {
	fputs("WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
		"I0000 00:00:1795449458.752523   12918 port.cc:153] oneDNN custom operations are on.\n"
		"a complaint of another library\n", stderr);
	if (getenv("NOISY_ABORT") != NULL) abort();
}
`

func TestLoad(t *testing.T) {
	if os.Getenv("NOISY_MAIN") != "" { // the test below runs this binary again
		os.Stderr.WriteString("main\n")
		return
	}
	dir := t.TempDir()
	source, library := filepath.Join(dir, "noisy.c"), filepath.Join(dir, "noisy.so")
	if err := os.WriteFile(source, []byte(noisy), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	for _, test := range []struct {
		name, setting, flag string
		log, aborts         bool
	}{
		{name: "held back"},
		{name: "asked for by flag", flag: "--tf-log", log: true},
		{name: "asked for by variable", setting: "TF_CPP_MIN_LOG_LEVEL=0", log: true},
		{name: "less of it", setting: "TF_CPP_MIN_LOG_LEVEL=2"},
		{name: "the reason of an end", setting: "NOISY_ABORT=1", log: true, aborts: true},
	} {
		command := exec.Command(os.Args[0], "-test.run=^TestLoad$", "--", test.flag)
		command.Env = append(os.Environ(), "LD_PRELOAD="+library, "NOISY_MAIN=1", test.setting)
		var stderr strings.Builder
		command.Stderr = &stderr
		err := command.Run()
		want := "a complaint of another library\n"
		if test.log {
			want = "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n" +
				"I0000 00:00:1795449458.752523   12918 port.cc:153] oneDNN custom operations are on.\n" + want
		}
		if test.aborts {
			if status, ok := command.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGABRT {
				t.Errorf("%s: %v, want the signal of the library", test.name, err)
			}
		} else if want += "main\n"; err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if stderr.String() != want {
			t.Errorf("%s: stderr\n%s\nwant\n%s", test.name, &stderr, want)
		}
	}
}
