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

// Machine is where the measuring was done. What cannot be found out is empty.
type Machine struct {
	CPU        string    `json:"cpu"`
	Features   []string  `json:"cpu_features,omitempty"`
	Cores      int       `json:"cores"`
	GPUs       []string  `json:"gpus,omitempty"`
	Memory     string    `json:"memory,omitempty"`
	Load       string    `json:"load_average_at_start,omitempty"` // of 1, 5 and 15 minutes
	System     string    `json:"system"`
	TensorFlow string    `json:"tensorflow"`
	Go         string    `json:"go"`
	Keras      string    `json:"keras,omitempty"`
	JAX        string    `json:"jax,omitempty"`
	PyTorch    string    `json:"pytorch,omitempty"`
	Started    time.Time `json:"started"`
}

// ThisMachine asks the system, as Linux shows it in /proc.
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
	cards, _ := filepath.Glob("/proc/driver/nvidia/gpus/*/information") // the pattern is well formed
	for _, card := range cards {
		m.GPUs = append(m.GPUs, machine.Field(card, "Model"))
	}
	return m
}
