package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
)

// remedyFor says what to do without a suitable Python.
func remedyFor(onGPU bool) string {
	setup := "scripts/reference/setup"
	if onGPU {
		setup += " --gpu"
	}
	return "run " + setup + ", which creates a suitable one, or name another with --python PATH"
}

// madePython returns the Python that scripts/reference/setup creates for a kind of
// device.
func madePython(onGPU bool) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder: %w", err)
	}
	name := "reference"
	if onGPU {
		name += "-gpu"
	}
	return filepath.Join(cache, "tflab", name, "bin", "python"), nil
}

// findPython returns the interpreter for Keras: the given one, else that of
// scripts/reference/setup, else python3. It must have Keras 3 and this program's
// version of TensorFlow, because other kernels give other numbers. For a GPU, it must
// not have the CPU-only package of TensorFlow.
func findPython(ctx context.Context, given string, onGPU bool) (string, error) {
	path, remedy := given, remedyFor(onGPU)
	if path == "" {
		made, err := madePython(onGPU)
		if err != nil {
			return "", err
		}
		path = made
		if _, err := os.Stat(path); err != nil {
			if path, err = exec.LookPath("python3"); err != nil {
				return "", fmt.Errorf("no Python: neither %s nor python3 in PATH exists: %s", made, remedy)
			}
		}
	}
	versions, err := versionsOf(ctx, path, remedy)
	if err != nil {
		return "", err
	}
	switch want := tf.Version(); {
	case versions.Keras == "":
		return "", fmt.Errorf("%s has no Keras: %s", path, remedy)
	case !strings.HasPrefix(versions.Keras, "3."):
		return "", fmt.Errorf("%s has Keras %s: want Keras 3; %s", path, versions.Keras, remedy)
	case versions.TensorFlow == "":
		return "", fmt.Errorf("%s has Keras without TensorFlow: want TensorFlow %s; %s", path, want, remedy)
	case versions.TensorFlow != want:
		return "", fmt.Errorf("%s has TensorFlow %s, and tflab has %s: want one version on both sides; %s", path, versions.TensorFlow, want, remedy)
	case onGPU && versions.ForCPU:
		return "", fmt.Errorf("%s has tensorflow-cpu, but tflab would use a GPU: want one device on both sides; run scripts/reference/setup --gpu, or use --device cpu", path)
	}
	return path, nil
}

type pythonVersions struct {
	TensorFlow, Keras string
	ForCPU            bool // the package is tensorflow-cpu
}

// askVersions reads the installed versions without importing the packages, which takes
// seconds.
const askVersions = `
import importlib.metadata as metadata, json
def version(*names):
    for name in names:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
    return ""
print(json.dumps({"tensorflow": version("tensorflow", "tensorflow-cpu"), "keras": version("keras"),
                  "forcpu": not version("tensorflow") and bool(version("tensorflow-cpu"))}))
`

// versionsOf returns the versions of a Python; remedy is appended to its errors.
func versionsOf(ctx context.Context, python, remedy string) (v pythonVersions, err error) {
	cmd := exec.CommandContext(ctx, python, "-c", askVersions)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &v)
	}
	if ctx.Err() != nil {
		return v, ctx.Err()
	}
	var path *os.PathError
	var exit *exec.ExitError
	switch {
	case errors.As(err, &path), errors.Is(err, exec.ErrNotFound):
		return v, fmt.Errorf("no Python at %s: %w: %s", python, errors.Unwrap(err), remedy)
	case errors.As(err, &exit):
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return v, fmt.Errorf("%s: want Python 3.8 or newer: %s: %s", python, lines[len(lines)-1], remedy)
	case err != nil:
		return v, fmt.Errorf("%s does not report its versions: %w: %s", python, err, remedy)
	}
	return v, nil
}
