package graphs

import (
	"fmt"
	"strings"
)

// TensorFlowVersion is the release of libtensorflow that this package is built
// for: the bindings do not compile against the headers of another.
const TensorFlowVersion = "2.18"

// checkVersion refuses a library of another release than the headers: it may
// have been exchanged after the build.
func checkVersion(loaded string) error {
	if strings.HasPrefix(loaded, TensorFlowVersion+".") {
		return nil
	}
	return fmt.Errorf("graphs: libtensorflow is of version %s: this program was built for %s: run scripts/setup and build it anew", loaded, TensorFlowVersion)
}
