package cuda

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// visibleDevices is the variable by which CUDA shows a process some of the
// machine's GPUs only.
const visibleDevices = "CUDA_VISIBLE_DEVICES"

// whyHidden says how CUDA_VISIBLE_DEVICES hides all GPUs of a machine; nil if it is
// not set. GPUs is their number by the driver's files.
func whyHidden(gpus int) error {
	list, set := os.LookupEnv(visibleDevices)
	if !set {
		return nil
	}
	// CUDA takes the numbers up to the first that names no GPU.
	first, _, _ := strings.Cut(list, ",")
	first = strings.TrimSpace(first)
	number, err := strconv.Atoi(first)
	switch {
	case first == "" || err == nil && number < 0:
		return fmt.Errorf("%s is %q, which hides all GPUs: unset it", visibleDevices, list)
	case err == nil && gpus > 0 && number >= gpus:
		return fmt.Errorf("%s is %q, but GPU %d is not there: this machine has %s: name one of them, or unset it", visibleDevices, list, number, numbered(gpus))
	}
	return fmt.Errorf("%s is %q, which names none of this machine's GPUs: unset it, or name one that nvidia-smi -L lists", visibleDevices, list)
}

// numbered names GPUs by their numbers.
func numbered(gpus int) string {
	if gpus == 1 {
		return "one, GPU 0"
	}
	return fmt.Sprintf("%d, GPU 0 to %d", gpus, gpus-1)
}
