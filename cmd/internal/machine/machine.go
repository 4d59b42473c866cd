package machine

import (
	"bufio"
	"bytes"
	"os"
	"slices"
	"strings"
)

// Library returns the path of the file from which TensorFlow's C API was loaded.
func Library() string {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return "unknown: " + err.Error()
	}
	for lines := bufio.NewScanner(bytes.NewReader(maps)); lines.Scan(); {
		if _, path, ok := strings.Cut(lines.Text(), "/"); ok && strings.Contains(path, "libtensorflow") && !strings.Contains(path, "framework") {
			return "/" + path
		}
	}
	return "unknown"
}

// CPUFeatures returns the CPU features that TensorFlow's kernels use.
func CPUFeatures() []string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return []string{"features unknown: " + err.Error()}
	}
	has := strings.Fields(string(info))
	var features []string
	for _, f := range []string{"avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16"} {
		if slices.Contains(has, f) {
			features = append(features, f)
		}
	}
	return features
}

// Field returns the first value of a name in a file of "name: value" lines, or "" if
// the name is absent.
func Field(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
