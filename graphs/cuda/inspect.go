package cuda

import (
	"os"
	"regexp"
)

// Inspect is Look for a person who wants to know all: it asks the driver for the
// GPUs where TensorFlow is built without CUDA, too.
func Inspect() Machine {
	m := Look()
	if m.Driver == (Version{}) {
		if d, err := openDriver(); err == nil {
			_ = m.askDriver(d) // Look has told why there is no GPU
		}
	}
	return m
}

// driverVersion is where the kernel module says of which release it is.
const driverVersion = "/proc/driver/nvidia/version"

// DriverRelease is the release of the NVIDIA driver's kernel module, "550.54.15",
// and "" where it does not say.
func DriverRelease() string {
	text, err := os.ReadFile(driverVersion)
	if err != nil {
		return ""
	}
	return releaseIn(string(text))
}

// releaseIn finds the release in "NVRM version: NVIDIA UNIX x86_64 Kernel Module
// 550.54.15  Tue Mar 5 …", or in what the open module says.
func releaseIn(text string) string {
	match := regexp.MustCompile(`Kernel Module\s.*?(\d+\.\d+(\.\d+)*)`).FindStringSubmatch(text)
	if match == nil {
		return ""
	}
	return match[1]
}
