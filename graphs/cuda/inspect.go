package cuda

import (
	"os"
	"regexp"
)

// Inspect is like Look, but queries the driver for the GPUs even if TensorFlow is built
// without CUDA.
func Inspect() Machine {
	m := Look()
	if m.Driver == (Version{}) {
		if d, err := openDriver(); err == nil {
			_ = m.askDriver(d) // Look has reported why there is no GPU
		}
	}
	return m
}

// driverVersion is the file in which the kernel module reports its release.
const driverVersion = "/proc/driver/nvidia/version"

// DriverRelease returns the release of the NVIDIA driver's kernel module, such as
// "550.54.15", or "" if it is unknown.
func DriverRelease() string {
	text, err := os.ReadFile(driverVersion)
	if err != nil {
		return ""
	}
	return releaseIn(string(text))
}

// releaseIn finds the release in a text such as "NVRM version: NVIDIA UNIX x86_64
// Kernel Module 550.54.15 Tue Mar 5 …", or in the text of the open kernel module.
func releaseIn(text string) string {
	match := regexp.MustCompile(`Kernel Module\s.*?(\d+\.\d+(\.\d+)*)`).FindStringSubmatch(text)
	if match == nil {
		return ""
	}
	return match[1]
}
