package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// served is a running "tflab serve".
type served struct {
	command *exec.Cmd
	url     string // of the server's model
	ended   bool
}

// start starts the server and waits until it answers.
func start(tflab, run string, batching bool) (*served, error) {
	s := &served{command: exec.Command(tflab, "serve", run, "--listen", "127.0.0.1:0", "--batching="+strconv.FormatBool(batching))}
	s.command.Stderr = os.Stderr
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, after, found := strings.Cut(lines.Text(), "API   "); found {
			s.url = after
			return s, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", s.command, errors.Join(errors.New("it does not print its address"), s.command.Wait()))
}

// kill ends a server that stop has not ended because of an error.
func (s *served) kill() {
	if !s.ended {
		_ = s.command.Process.Kill() // the server may have ended already
		_ = s.command.Wait()
	}
}

// stop ends the server and returns an error if it does not exit cleanly.
func (s *served) stop() error {
	s.ended = true
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.command.Wait()
}

// resident returns the resident memory of the server in bytes (proc(5), statm).
func (s *served) resident() (int, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(raw))
	if len(fields) < 2 {
		return 0, fmt.Errorf("statm: %q", raw)
	}
	pages, err := strconv.Atoi(fields[1])
	return pages * os.Getpagesize(), err
}
