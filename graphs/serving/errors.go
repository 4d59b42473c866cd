package serving

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
)

var (
	unknownOp = regexp.MustCompile(`Op type not registered '([^']*)'`)
	damaged   = regexp.MustCompile(`sstable|Could not find variable|Read (less|fewer) bytes|[Cc]hecksum|[Tt]runcated|[Cc]orrupt|Unable to (parse|read)|not found in checkpoint|block checksum|files matching`)
)

// oneLine turns a message of TensorFlow into an error, without the list of operations
// after the first line and without the advice for C++ programmers.
func oneLine(message string) error {
	if m := unknownOp.FindStringSubmatch(message); m != nil {
		return fmt.Errorf("its graph has the operation %q, which TensorFlow %s does not have: want a model of TensorFlow's own operations, or the release that wrote the model", m[1], tf.Version())
	}
	message, _, _ = strings.Cut(message, "\n")
	message = strings.TrimSpace(message)
	if message == "" {
		message = "TensorFlow gave no reason"
	}
	if damaged.MatchString(message) {
		return fmt.Errorf("its variables are missing, damaged or cut short (%s): export the model again", message)
	}
	return errors.New(message)
}
