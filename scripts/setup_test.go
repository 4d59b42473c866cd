// Package scripts holds no Go code; these tests run the shell programs in it.
package scripts

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A stand-in for libtensorflow: enough for setup, which asks for the version only.
const (
	header    = "const char *TF_Version(void);\n"
	source    = "const char *TF_Version(void) { return \"%s\"; }\n"
	framework = "int framework;\n"
)

// library makes a folder as the official archive has it: lib/, include/.
// fileVersion stands in the file's name, ownVersion is what the library answers.
func library(t *testing.T, fileVersion, ownVersion string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "a library") // a space, as people have them
	write(t, filepath.Join(folder, "include/tensorflow/c/c_api.h"), header)
	lib := filepath.Join(folder, "lib")
	compile(t, lib, "libtensorflow.so."+fileVersion, fmt.Sprintf(source, ownVersion))
	compile(t, lib, "libtensorflow_framework.so.2", framework)
	if err := os.Symlink("libtensorflow.so."+fileVersion, filepath.Join(lib, "libtensorflow.so")); err != nil {
		t.Fatal(err)
	}
	return folder
}

func compile(t *testing.T, folder, name, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "library.c")
	write(t, file, text)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("gcc", "-shared", "-fPIC", "-Wl,-soname,"+name, "-o", filepath.Join(folder, name), file).CombinedOutput()
	if err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// checkout is a copy of the scripts, with a home of its own.
type checkout struct {
	folder string
	home   string
}

func newCheckout(t *testing.T) checkout {
	t.Helper()
	c := checkout{folder: t.TempDir(), home: t.TempDir()}
	for _, name := range []string{"setup", "env", "lib/note.sh", "lib/libtensorflow.sh"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(c.folder, "scripts", name), string(text))
	}
	return c
}

// run runs a script; settings are NAME=VALUE.
func (c checkout) run(t *testing.T, script string, settings ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errOut bytes.Buffer
	command := exec.Command(filepath.Join(c.folder, "scripts", script))
	command.Env = append([]string{"HOME=" + c.home, "PATH=" + os.Getenv("PATH")}, settings...)
	command.Stdout, command.Stderr = &out, &errOut
	err = command.Run()
	return out.String(), errOut.String(), err
}

func (c checkout) noted() bool {
	_, err := os.Stat(filepath.Join(c.folder, ".tflab/libtensorflow"))
	return err == nil
}

func TestSetupRefuses(t *testing.T) {
	t.Parallel()
	headerless := library(t, "2.18.0", "2.18.0")
	if err := os.RemoveAll(filepath.Join(headerless, "include")); err != nil {
		t.Fatal(err)
	}
	broken := library(t, "2.18.0", "2.18.0")
	write(t, filepath.Join(broken, "lib/libtensorflow.so.2.18.0"), "not a library")

	tests := []struct {
		name, folder string
		want         []string
	}{
		{"no folder", filepath.Join(t.TempDir(), "none"), []string{"no such folder"}},
		{"an empty folder", t.TempDir(), []string{"no libtensorflow.so"}},
		{"no headers", headerless, []string{"no include/tensorflow/c/c_api.h"}},
		{"another version by its name", library(t, "2.17.1", "2.17.1"), []string{"TensorFlow 2.17.1", "needs 2.18"}},
		{"another version by its own word", library(t, "2.18.0", "2.16.2"), []string{"TensorFlow 2.16.2", "needs 2.18"}},
		{"a damaged library", broken, []string{"cannot be built and run"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newCheckout(t)
			stdout, stderr, err := c.run(t, "setup", "TFLAB_LIBTENSORFLOW="+test.folder)
			if err == nil {
				t.Fatalf("accepted %s", test.folder)
			}
			if strings.Count(stderr, "\n") != 1 || stdout != "" {
				t.Errorf("stdout %q, stderr %q, want one line on stderr", stdout, stderr)
			}
			for _, want := range append(test.want, test.folder, "TFLAB_LIBTENSORFLOW") {
				if !strings.Contains(stderr, want) {
					t.Errorf("stderr %q lacks %q", stderr, want)
				}
			}
			if c.noted() {
				t.Error("noted a library that does not serve")
			}
		})
	}
}

func TestSetupNotesWhatItFound(t *testing.T) {
	t.Parallel()
	c, first, second := newCheckout(t), library(t, "2.18.0", "2.18.0"), library(t, "2.18.1", "2.18.1")
	setting := "TFLAB_LIBTENSORFLOW=" + first
	if _, stderr, err := c.run(t, "setup", setting); err != nil || !strings.Contains(stderr, "using TensorFlow 2.18.0") {
		t.Fatalf("first run: %v, stderr %q", err, stderr)
	}
	if _, stderr, err := c.run(t, "setup", setting); err != nil || stderr != "" {
		t.Errorf("second run: %v, stderr %q, want silence", err, stderr)
	}
	if _, stderr, err := c.run(t, "setup", "TFLAB_LIBTENSORFLOW="+second); err != nil || !strings.Contains(stderr, "using TensorFlow 2.18.1") {
		t.Errorf("another library asked for: %v, stderr %q", err, stderr)
	}
	if err := os.RemoveAll(second); err != nil {
		t.Fatal(err)
	}
	if _, stderr, err := c.run(t, "setup", "TFLAB_LIBTENSORFLOW="+second); err == nil {
		t.Errorf("the noted library is gone: no error, stderr %q", stderr)
	}
}

func TestSetupTakesPythonsTensorFlow(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"/usr/local", "/usr"} {
		if found, _ := filepath.Glob(place + "/lib*/libtensorflow*.so*"); len(found) > 0 {
			t.Skipf("%s comes before Python, and this machine has it", found[0])
		}
	}
	environment := t.TempDir()
	packageFolder := filepath.Join(environment, "lib/tensorflow")
	write(t, filepath.Join(packageFolder, "include/tensorflow/c/c_api.h"), header)
	compile(t, packageFolder, "libtensorflow_cc.so.2", fmt.Sprintf(source, "2.18.1"))
	compile(t, packageFolder, "libtensorflow_framework.so.2", framework)
	write(t, filepath.Join(environment, "bin/python3"), "#!/bin/sh\necho '"+packageFolder+"'\n")

	c := newCheckout(t)
	stdout, stderr, err := c.run(t, "env", "VIRTUAL_ENV="+environment)
	if err != nil {
		t.Fatalf("%v, stderr %q", err, stderr)
	}
	for _, want := range []string{"export CGO_CFLAGS=", packageFolder + "/include", "export CGO_LDFLAGS=", "-rpath"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("stdout %q lacks %q", stdout, want)
		}
	}
}

// What the caller had set must stay, and a second evaluation add nothing.
func TestEnv(t *testing.T) {
	t.Parallel()
	c := newCheckout(t)
	setting := "TFLAB_LIBTENSORFLOW=" + library(t, "2.18.1", "2.18.1")
	script := `eval "$(scripts/env)"; first=$CGO_CFLAGS; eval "$(scripts/env)"; [ "$first" = "$CGO_CFLAGS" ] && printf '%s' "$CGO_CFLAGS"`
	command := exec.Command("bash", "-c", script)
	command.Dir = c.folder
	command.Env = []string{"HOME=" + c.home, "PATH=" + os.Getenv("PATH"), setting, "CGO_CFLAGS=-g -march=native"}
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: the flags changed at the second evaluation, or env failed: %q", err, out)
	}
	if got := string(out); !strings.Contains(got, "-g -march=native") || !strings.Contains(got, "a library/include'") {
		t.Errorf("CGO_CFLAGS is %q, want the caller's flags and the quoted include folder", got)
	}
}
