package cuda

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// visibleDevices is the variable that restricts the GPUs visible to a process.
const visibleDevices = "CUDA_VISIBLE_DEVICES"

// whyHidden explains how CUDA_VISIBLE_DEVICES hides all GPUs of a machine, or returns
// nil if the variable is not set. The parameter gpus is their number according to the
// driver's files.
func whyHidden(gpus int) error {
	list, set := os.LookupEnv(visibleDevices)
	if !set {
		return nil
	}
	// CUDA uses the numbers up to the first one without a GPU.
	first, _, _ := strings.Cut(list, ",")
	first = strings.TrimSpace(first)
	number, err := strconv.Atoi(first)
	switch {
	case first == "" || err == nil && number < 0:
		return fmt.Errorf("%s is %q, which hides all GPUs; unset it", visibleDevices, list)
	case err == nil && gpus > 0 && number >= gpus:
		return fmt.Errorf("%s is %q, but GPU %d does not exist: this machine has %s; name one of them, or unset the variable", visibleDevices, list, number, numbered(gpus))
	}
	return fmt.Errorf("%s is %q, which names none of this machine's GPUs; unset the variable, or name one that nvidia-smi -L lists", visibleDevices, list)
}

// numbered formats a number of GPUs with the range of their indices.
func numbered(gpus int) string {
	if gpus == 1 {
		return "one, GPU 0"
	}
	return fmt.Sprintf("%d, GPU 0 to %d", gpus, gpus-1)
}
