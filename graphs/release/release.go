// Package release identifies releases of TensorFlow: those that this module supports,
// the one that the program was built for, and the one that it has loaded.
package release

/*
// scripts/env defines it for the compiler.
#ifndef TFLAB_BUILT_FOR
#define TFLAB_BUILT_FOR ""
#endif
*/
import "C"

import (
	"fmt"
	"strconv"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
)

// The releases with which the binding compiles and the networks train with the same
// results: 2.oldest to 2.newest.
const (
	oldest = 15
	newest = 21
)

// BuiltFor returns the release for which the program was compiled and linked, or "" if
// the compiler's settings are not from scripts/env.
func BuiltFor() string { return C.TFLAB_BUILT_FOR }

// Loaded returns the release of the library in this process, as the library reports it.
func Loaded() string { return tf.Version() }

// Check returns an error for a release that this module does not support.
func Check(loaded string) error {
	major, rest, _ := strings.Cut(loaded, ".")
	minor, _, _ := strings.Cut(rest, ".")
	if n, err := strconv.Atoi(minor); err == nil && major == "2" && n >= oldest && n <= newest {
		return nil
	}
	return fmt.Errorf("libtensorflow has version %s: want 2.%d to 2.%d; install one of these, run scripts/setup and build again", loaded, oldest, newest)
}

// Difference returns a one-line warning if the loaded library is not the release that
// the program was built for. It returns "" if it is, or if a release is unknown.
func Difference(builtFor, loaded string) string {
	if builtFor == "" || builtFor == loaded {
		return ""
	}
	return fmt.Sprintf("built for TensorFlow %s, but TensorFlow %s is loaded, whose numbers may differ in their last bits: run make build to build for the installed release", builtFor, loaded)
}
