package benchmark

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/cmd/internal/machine"
)

// Machine describes the machine of the measurements. Unknown values are empty.
type Machine struct {
	CPU        string    `json:"cpu"`
	Features   []string  `json:"cpu_features,omitempty"`
	Cores      int       `json:"cores"`
	GPUs       []string  `json:"gpus,omitempty"`
	Memory     string    `json:"memory,omitempty"`
	Load       string    `json:"load_average_at_start,omitempty"` // over 1, 5 and 15 minutes
	System     string    `json:"system"`
	TensorFlow string    `json:"tensorflow"`
	Go         string    `json:"go"`
	Keras      string    `json:"keras,omitempty"`
	JAX        string    `json:"jax,omitempty"`
	PyTorch    string    `json:"pytorch,omitempty"`
	Started    time.Time `json:"started"`
}

// ThisMachine returns a description of this machine from Linux's /proc.
func ThisMachine() Machine {
	m := Machine{CPU: machine.Field("/proc/cpuinfo", "model name"), Cores: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH,
		TensorFlow: tf.Version(), Go: runtime.Version(), Started: time.Now().Truncate(time.Second)}
	var kilobytes float64
	if _, err := fmt.Sscanf(machine.Field("/proc/meminfo", "MemTotal"), "%g kB", &kilobytes); err == nil {
		m.Memory = fmt.Sprintf("%.1f GiB", kilobytes/(1<<20))
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load = strings.Join(strings.Fields(string(load))[:3], " ")
	}
	cards, _ := filepath.Glob("/proc/driver/nvidia/gpus/*/information") // the pattern is valid
	for _, card := range cards {
		m.GPUs = append(m.GPUs, machine.Field(card, "Model"))
	}
	return m
}
