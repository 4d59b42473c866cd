package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts in testdata/script run tflab like a user. Each call is a separate
// process: this test's binary under another name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tflab": main, "make-digits": makeDigits, "make-arrays": makeArrays, "make-pictures": makePictures})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"fails":     failsInScript,
			"interrupt": interrupt,
		},
	})
}

// failsInScript implements "fails STATUS COMMAND...": the command must exit with the
// status and write only one line, an error. The script can check the error with stderr.
func failsInScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: fails STATUS COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || strings.TrimSpace(args[0]) != strings.TrimPrefix(exit.String(), "exit status ") {
		ts.Fatalf("%v, want exit status %s", err, args[0])
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("wrote %q to stdout, want nothing", out)
	}
	line := ts.ReadFile("stderr")
	if !strings.HasPrefix(line, "tflab: ") || strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") {
		ts.Fatalf("wrote %q to stderr, want one line that begins with tflab:", line)
	}
	if strings.Contains(line, "goroutine") || strings.Contains(line, "internal error") {
		ts.Fatalf("wrote %q to stderr, want no defect of tflab's own", line)
	}
}

// interrupt implements "interrupt TEXT COMMAND...": the command receives an interrupt
// as soon as it has written a line with the text to stderr, and must exit with status
// 130. Its later output goes to the file stderr.
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: interrupt TEXT COMMAND...")
	}
	self, err := os.Executable()
	ts.Check(err)
	cmd := exec.Cmd{Path: self, Args: args[1:], Dir: ts.MkAbs("."), Env: append(os.Environ(), "TFLAB_DATA=", "HOME=/no-home")}
	stderr, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	defer cmd.Process.Kill()
	lines, sent := bufio.NewScanner(stderr), false
	var after strings.Builder
	for lines.Scan() {
		if sent {
			after.WriteString(lines.Text() + "\n")
		} else if strings.Contains(lines.Text(), args[0]) {
			ts.Check(cmd.Process.Signal(syscall.SIGINT))
			sent = true
		}
	}
	err = cmd.Wait()
	ts.Check(os.WriteFile(ts.MkAbs("stderr"), []byte(after.String()), 0o644))
	var exit *exec.ExitError
	if !sent || !errors.As(err, &exit) || exit.ExitCode() != 130 {
		ts.Fatalf("interrupted %t, then %v, want exit status 130; it wrote\n%s", sent, err, after.String())
	}
}
