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
	Name    string  // such as "cuDNN"
	File    string  // such as "libcudnn.so.9"
	Version Version // the zero value if it cannot be loaded, or if its version is unknown
	Missing bool
}

// question names a function of a library that has no side effects, to find out whether
// the library can be loaded.
type question struct {
	name, file, function string
	ask                  func(q question) (Version, bool)
}

// questions lists the libraries without which TensorFlow offers no GPU, according to
// MaybeTryDlopenGPULibraries in tsl/platform/default/dso_loader.cc. The numbers in the
// file names are those of CUDA 12, for which TensorFlow 2.15 to 2.21 is built.
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

// cudnnMajor returns the major version of cuDNN for which TensorFlow is built: version
// 9 introduced cudnnGetLastErrorString.
func cudnnMajor() string {
	if symbol(nil, "cudnnGetLastErrorString") != nil {
		return "9"
	}
	return "8"
}

// libraries queries each library for which libtensorflow has entry points. It skips
// libraries that a build does not use or links statically.
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

// If a library cannot be loaded, libtensorflow's entry points return one of that
// library's error codes, which are small numbers.

func runtimeVersion(q question) (Version, bool) {
	var v C.int
	result := C.tflab_cuda_int(symbol(nil, q.function), &v)
	return cudaVersion(int(v)), result == 0
}

// property queries MAJOR_VERSION (0) to PATCH_LEVEL (2) of library_types.h.
func property(q question) (Version, bool) {
	var v [3]C.int
	for i := range v {
		if C.tflab_cuda_property(symbol(nil, q.function), C.int(i), &v[i]) != 0 {
			return Version{}, false
		}
	}
	return Version{int(v[0]), int(v[1]), int(v[2])}, true
}

// numberVersion decodes 90300 as 9.3.0, 8905 as 8.9.5 (cuDNN up to version 8 has a
// shorter form) and 120503 as 12.5.3.
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

// askTensorFlow determines whether TensorFlow can use the GPUs of the driver.
func (m *Machine) askTensorFlow() error {
	m.Libraries = libraries()
	var missing []string
	for _, l := range m.Libraries {
		if l.Missing {
			missing = append(missing, l.File)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("TensorFlow cannot load %s; run 'make setup GPU=1', or add the folder of CUDA's and cuDNN's libraries to LD_LIBRARY_PATH", strings.Join(missing, ", "))
	}
	return m.askRuntime()
}

// askRuntime lets the CUDA runtime check the driver.
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
		return fmt.Errorf("the NVIDIA driver is too old: it supports CUDA %v: want CUDA %v for this TensorFlow; update the driver", m.Driver, wanted)
	case result != 0:
		return failed("cudaGetDevice", result)
	}
	return nil
}

// Runtime returns the version of the CUDA runtime that TensorFlow loads.
func (m Machine) Runtime() Version { return m.version("CUDA runtime") }

func (m Machine) version(name string) Version {
	for _, l := range m.Libraries {
		if l.Name == name {
			return l.Version
		}
	}
	return Version{}
}
