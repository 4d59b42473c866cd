// Package scripts has no Go code; these tests run its shell programs.
package scripts

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// library creates a folder in the layout of the official archive, lib/ and include/,
// with testdata's stand-in for libtensorflow. fileVersion is the version in the file's
// name, ownVersion the version that the library returns; flags are passed to the
// compiler.
func library(t *testing.T, fileVersion, ownVersion string, flags ...string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "a library") // a path with a space, as users may have
	lib := filepath.Join(folder, "lib")
	standIn(t, lib, filepath.Join(folder, "include"), "libtensorflow.so."+fileVersion, ownVersion, flags...)
	if err := os.Symlink("libtensorflow.so."+fileVersion, filepath.Join(lib, "libtensorflow.so")); err != nil {
		t.Fatal(err)
	}
	return folder
}

// standIn compiles both libraries into lib and copies the header.
func standIn(t *testing.T, lib, include, name, version string, flags ...string) {
	t.Helper()
	header, err := os.ReadFile("testdata/c_api.h")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(include, "tensorflow/c/c_api.h"), string(header))
	// As in TensorFlow's wheels, the CUDA libraries are next to the framework library,
	// on which the other library depends.
	const framework = "libtensorflow_framework.so.2"
	compile(t, lib, framework, "testdata/framework.c", "-Wl,-rpath,$ORIGIN/cuda")
	flags = append(flags, "-DVERSION="+version, "-Wl,--no-as-needed", filepath.Join(lib, framework), "-Wl,-rpath,$ORIGIN")
	compile(t, lib, name, "testdata/libtensorflow.c", flags...)
}

func compile(t *testing.T, folder, name, file string, flags ...string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	flags = append(flags, "-shared", "-fPIC", "-Wl,-soname,"+name, "-o", filepath.Join(folder, name), file)
	out, err := exec.Command("gcc", flags...).CombinedOutput()
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

// checkout is a copy of the scripts with its own home and /dev.
type checkout struct{ folder, home, dev string }

func newCheckout(t *testing.T) checkout {
	t.Helper()
	c := checkout{folder: t.TempDir(), home: t.TempDir(), dev: t.TempDir()}
	for _, pattern := range []string{"setup", "env", "lib/*.sh", "lib/*.c", "lib/*.py", "lib/wheels/*"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(c.folder, "scripts", name), string(text))
		}
	}
	return c
}

// run runs a script with arguments; settings are NAME=VALUE.
func (c checkout) run(t *testing.T, script string, settings ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errOut bytes.Buffer
	words := strings.Fields(script)
	command := exec.Command(filepath.Join(c.folder, "scripts", words[0]), words[1:]...)
	command.Env = append([]string{"HOME=" + c.home, "PATH=" + os.Getenv("PATH"), "TFLAB_DEV=" + c.dev}, settings...)
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
		{"too old by its name", library(t, "2.14.1", "2.14.1"), []string{"TensorFlow 2.14.1", "works with 2.15 to 2.21"}},
		{"too new by its name", library(t, "2.22.0", "2.22.0"), []string{"TensorFlow 2.22.0", "works with 2.15 to 2.21"}},
		{"too old by its own word", library(t, "2.18.0", "2.14.1"), []string{"TensorFlow 2.14.1", "works with 2.15 to 2.21"}},
		{"wrong numbers", library(t, "2.18.0", "2.18.0", "-DWEIGHT=4.25f"), []string{"TensorFlow 2.18.0", "the weights are 4.25 and 4, want 4.5 and 4"}},
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
	c, first, second := newCheckout(t), library(t, "2.15.1", "2.15.1"), library(t, "2.21.0", "2.21.0")
	setting := "TFLAB_LIBTENSORFLOW=" + first
	if _, stderr, err := c.run(t, "setup", setting); err != nil || !strings.Contains(stderr, "using TensorFlow 2.15.1") {
		t.Fatalf("first run: %v, stderr %q", err, stderr)
	}
	if _, stderr, err := c.run(t, "setup", setting); err != nil || stderr != "" {
		t.Errorf("second run: %v, stderr %q, want silence", err, stderr)
	}
	if _, stderr, err := c.run(t, "setup", "TFLAB_LIBTENSORFLOW="+second); err != nil || !strings.Contains(stderr, "using TensorFlow 2.21.0") {
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
	standIn(t, packageFolder, filepath.Join(packageFolder, "include"), "libtensorflow_cc.so.2", "2.18.1")
	write(t, filepath.Join(environment, "bin/python3"), "#!/bin/sh\necho '"+packageFolder+"'\n")

	c := newCheckout(t)
	stdout, stderr, err := c.run(t, "env", "VIRTUAL_ENV="+environment)
	if err != nil {
		t.Fatalf("%v, stderr %q", err, stderr)
	}
	for _, want := range []string{"export CGO_CFLAGS=", packageFolder + "/include", `TFLAB_BUILT_FOR=\"2.18.1\"`, "export CGO_LDFLAGS=", "-rpath"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("stdout %q lacks %q", stdout, want)
		}
	}
}

func TestSetupTakesCondas(t *testing.T) {
	t.Parallel()
	environment := t.TempDir() // its Python has no TensorFlow
	write(t, filepath.Join(environment, "bin/python3"), "#!/bin/sh\n")
	c, conda := newCheckout(t), library(t, "2.17.1", "2.17.1")
	_, stderr, err := c.run(t, "setup", "VIRTUAL_ENV="+environment, "CONDA_PREFIX="+conda)
	if err != nil || !strings.Contains(stderr, "using TensorFlow") {
		t.Errorf("%v, stderr %q, want the library in %s", err, stderr, conda)
	}
}

// The caller's settings remain, a second evaluation adds nothing, and an evaluation for
// another library replaces what the first has added.
func TestEnv(t *testing.T) {
	t.Parallel()
	c := newCheckout(t)
	setting, other := "TFLAB_LIBTENSORFLOW="+library(t, "2.18.1", "2.18.1"), "OTHER="+library(t, "2.15.1", "2.15.1")
	script := `eval "$(scripts/env)"; first=$CGO_CFLAGS; eval "$(scripts/env)"; [ "$first" = "$CGO_CFLAGS" ] || exit 1
export TFLAB_LIBTENSORFLOW=$OTHER; eval "$(scripts/env)"; [[ $CGO_CFLAGS != *"${first#-g -march=native }"* && $CGO_CFLAGS == *2.15.1* ]] && printf '%s' "$CGO_CFLAGS"`
	command := exec.Command("bash", "-c", script)
	command.Dir = c.folder
	command.Env = []string{"HOME=" + c.home, "PATH=" + os.Getenv("PATH"), setting, other, "CGO_CFLAGS=-g -march=native"}
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: the flags changed at the second evaluation, or env failed: %q", err, out)
	}
	if got := string(out); !strings.Contains(got, "-g -march=native") || !strings.Contains(got, "a library/include'") {
		t.Errorf("CGO_CFLAGS is %q, want the caller's flags and the quoted include folder", got)
	}
}
