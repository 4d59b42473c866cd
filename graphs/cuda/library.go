package cuda

/*
#include "driver.h"
*/
import "C"

import (
	"fmt"
	"strings"
)

// Library is one of CUDA's libraries, as TensorFlow finds it.
type Library struct {
	Name    string  // "cuDNN"
	File    string  // "libcudnn.so.9"
	Version Version // the zero value if it cannot be loaded, or does not say
	Missing bool
}

// question is how to find out whether a library can be loaded: a function of it
// that has no effect.
type question struct {
	name, file, function string
	ask                  func(q question) (Version, bool)
}

// questions are about the libraries without which TensorFlow offers no GPU:
// MaybeTryDlopenGPULibraries in tsl/platform/default/dso_loader.cc. The numbers in
// the file names are those of CUDA 12, which TensorFlow 2.15 to 2.21 is built for.
func questions() []question {
	return []question{
		{"CUDA runtime", "libcudart.so.12", "cudaRuntimeGetVersion", runtimeVersion},
		{"cuBLAS", "libcublas.so.12", "cublasGetProperty", property},
		{"cuBLASLt", "libcublasLt.so.12", "cublasLtGetVersion", numberVersion},
		{"cuFFT", "libcufft.so.11", "cufftGetProperty", property},
		{"cuSOLVER", "libcusolver.so.11", "cusolverGetProperty", property},
		{"cuSPARSE", "libcusparse.so.12", "cusparseGetProperty", property},
		{"cuDNN", "libcudnn.so." + cudnnMajor(), "cudnnGetVersion", numberVersion},
	}
}

// cudnnMajor is the version of cuDNN that TensorFlow is built for: 9 brought
// cudnnGetLastErrorString.
func cudnnMajor() string {
	if symbol(nil, "cudnnGetLastErrorString") != nil {
		return "9"
	}
	return "8"
}

// libraries asks for each library that libtensorflow has entry points of. A
// library that a build does without (or that is linked into it) is not asked for.
func libraries() []Library {
	var all []Library
	for _, q := range questions() {
		if symbol(nil, q.function) == nil {
			continue
		}
		version, ok := q.ask(q)
		all = append(all, Library{Name: q.name, File: q.file, Version: version, Missing: !ok})
	}
	return all
}

// Where a library cannot be loaded, libtensorflow's entry points return an error
// of that library's, whose numbers are small.

func runtimeVersion(q question) (Version, bool) {
	var v C.int
	result := C.tflab_cuda_int(symbol(nil, q.function), &v)
	return cudaVersion(int(v)), result == 0
}

// property asks for what library_types.h calls MAJOR_VERSION, 0, to PATCH_LEVEL, 2.
func property(q question) (Version, bool) {
	var v [3]C.int
	for i := range v {
		if C.tflab_cuda_property(symbol(nil, q.function), C.int(i), &v[i]) != 0 {
			return Version{}, false
		}
	}
	return Version{int(v[0]), int(v[1]), int(v[2])}, true
}

// numberVersion takes apart 90300 for 9.3.0, 8905 for 8.9.5 (cuDNN up to 8 had
// three digits less) and 120503 for 12.5.3.
func numberVersion(q question) (Version, bool) {
	v := int(C.tflab_cuda_version(symbol(nil, q.function)))
	return libraryVersion(v), v >= 8000
}

func libraryVersion(v int) Version {
	if v < 10000 {
		return Version{v / 1000, v % 1000 / 100, v % 100}
	}
	return Version{v / 10000, v % 10000 / 100, v % 100}
}

// askTensorFlow finds out whether TensorFlow can use the GPUs that the driver has.
func (m *Machine) askTensorFlow() error {
	m.Libraries = libraries()
	var missing []string
	for _, l := range m.Libraries {
		if l.Missing {
			missing = append(missing, l.File)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("TensorFlow cannot load %s: run 'make setup GPU=1', or put the folder of CUDA's and cuDNN's libraries into LD_LIBRARY_PATH", strings.Join(missing, ", "))
	}
	return m.askRuntime()
}

// askRuntime makes the CUDA runtime look at the driver.
func (m *Machine) askRuntime() error {
	function := symbol(nil, "cudaGetDevice")
	if function == nil {
		return nil
	}
	var device C.int
	result := Code(C.tflab_cuda_int(function, &device))
	wanted := m.Runtime()
	switch {
	case result == insufficientDriver, result == 0 && m.Driver.Major > 0 && m.Driver.Major < wanted.Major:
		return fmt.Errorf("the NVIDIA driver is too old: it serves CUDA %v, and this TensorFlow uses CUDA %v: update the driver", m.Driver, wanted)
	case result != 0:
		return failed("cudaGetDevice", result)
	}
	return nil
}

// Runtime is the version of the CUDA runtime that TensorFlow loads.
func (m Machine) Runtime() Version { return m.version("CUDA runtime") }

func (m Machine) version(name string) Version {
	for _, l := range m.Libraries {
		if l.Name == name {
			return l.Version
		}
	}
	return Version{}
}
