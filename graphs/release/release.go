// Package release knows the releases of TensorFlow: those that this module works
// with, the one that the program was built for and the one that it has loaded.
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

// The releases with which the binding compiles and the networks train alike:
// 2.oldest to 2.newest.
const (
	oldest = 15
	newest = 21
)

// BuiltFor is the release that the program was compiled and linked with, "" if
// scripts/env was not asked for the compiler's settings.
func BuiltFor() string { return C.TFLAB_BUILT_FOR }

// Loaded is the release of the library in this process, by its own word.
func Loaded() string { return tf.Version() }

// Check refuses a release that this module does not work with.
func Check(loaded string) error {
	major, rest, _ := strings.Cut(loaded, ".")
	minor, _, _ := strings.Cut(rest, ".")
	if n, err := strconv.Atoi(minor); err == nil && major == "2" && n >= oldest && n <= newest {
		return nil
	}
	return fmt.Errorf("libtensorflow is of version %s: this program works with 2.%d to 2.%d: install one of them, run scripts/setup and build again", loaded, oldest, newest)
}

// Difference says in one line that the library is not the one that the program was
// built for, and what to do; "" if it is, or if nothing is known.
func Difference(builtFor, loaded string) string {
	if builtFor == "" || builtFor == loaded {
		return ""
	}
	return fmt.Sprintf("built for TensorFlow %s, but TensorFlow %s is loaded, whose numbers may differ in their last bits: run make build to build for what is installed", builtFor, loaded)
}
