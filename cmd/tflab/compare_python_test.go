package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tflab/tflab/graphs/release"
)

// TestFindPython uses scripts that behave like several kinds of Python.
func TestFindPython(t *testing.T) {
	loaded := release.Loaded()
	versions := func(tensorflow, keras string) string {
		return `echo '{"tensorflow": "` + tensorflow + `", "keras": "` + keras + `"}'`
	}
	tests := []struct {
		name   string
		script string
		want   string // of the error; empty if the Python is accepted
	}{
		{"as it should be", versions(loaded, "3.8.0"), ""},
		{"no Keras", versions(loaded, ""), "has no Keras: run scripts/reference/setup, which creates a suitable one, or name another with --python PATH"},
		{"an old Keras", versions(loaded, "2.15.0"), "has Keras 2.15.0: want Keras 3"},
		{"no TensorFlow", versions("", "3.8.0"), "has Keras without TensorFlow: want TensorFlow " + loaded},
		{"another TensorFlow", versions("2.14.0", "3.8.0"), "has TensorFlow 2.14.0, and tflab has " + loaded + ": want one version on both sides"},
		{"an old Python", "echo Traceback >&2; echo 'ImportError: No module named metadata' >&2; exit 1", "want Python 3.8 or newer: ImportError: No module named metadata: run"},
		{"no Python", "echo hello", "does not report its versions"},
	}
	for _, tt := range tests {
		path := script(t, t.TempDir(), "python", tt.script)
		got, err := findPython(t.Context(), path, false)
		switch {
		case tt.want == "" && (err != nil || got != path):
			t.Errorf("%s: got %q, %v", tt.name, got, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	forCPU := script(t, t.TempDir(), "python", `echo '{"tensorflow": "`+loaded+`", "keras": "3.8.0", "forcpu": true}'`)
	if _, err := findPython(t.Context(), forCPU, true); err == nil || !strings.Contains(err.Error(), "want one device on both sides; run scripts/reference/setup --gpu, or use --device cpu") {
		t.Errorf("a Keras for the CPU beside a GPU: got %v", err)
	}
	if _, err := findPython(t.Context(), forCPU, false); err != nil {
		t.Errorf("a Keras for the CPU beside the CPU: %v", err)
	}
	if _, err := findPython(t.Context(), "/no/such/python", false); err == nil || !strings.Contains(err.Error(), "no Python at /no/such/python: no such file or directory: run") {
		t.Errorf("a path without a file: got %v", err)
	}
}

func TestWherePythonIsLookedFor(t *testing.T) {
	good := `echo '{"tensorflow": "` + release.Loaded() + `", "keras": "3.8.0"}'`
	cache, path := t.TempDir(), t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("PATH", path)
	if _, err := findPython(t.Context(), "", false); err == nil || !strings.Contains(err.Error(), "no Python: neither "+cache) {
		t.Errorf("nowhere: got %v", err)
	}
	onPath := script(t, path, "python3", good)
	if got, err := findPython(t.Context(), "", false); err != nil || got != onPath {
		t.Errorf("on the PATH: got %q, %v", got, err)
	}
	made := script(t, filepath.Join(cache, "tflab", "reference", "bin"), "python", good)
	if got, err := findPython(t.Context(), "", false); err != nil || got != made {
		t.Errorf("made by setup: got %q, %v", got, err)
	}
	if got, err := findPython(t.Context(), "", true); err != nil || got != onPath {
		t.Errorf("made by setup for the CPU, asked for a GPU: got %q, %v", got, err)
	}
	forGPU := script(t, filepath.Join(cache, "tflab", "reference-gpu", "bin"), "python", good)
	if got, err := findPython(t.Context(), "", true); err != nil || got != forGPU {
		t.Errorf("made by setup for a GPU: got %q, %v", got, err)
	}
}

// script writes a program.
func script(t *testing.T, dir, name, body string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
