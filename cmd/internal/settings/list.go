package settings

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/tflab/tflab/graphs"
)

// List is texts with commas between.
type List []string

// Set implements flag.Value.
func (l *List) Set(text string) error {
	*l = nil
	for _, item := range strings.Split(text, ",") {
		*l = append(*l, strings.TrimSpace(item))
	}
	return nil
}

// String implements flag.Value.
func (l *List) String() string {
	if l == nil {
		return ""
	}
	return strings.Join(*l, ",")
}

// valid says whether the list has addresses, each once.
func (l *List) valid() bool {
	for i, address := range *l {
		host, port, err := net.SplitHostPort(address)
		if err != nil || host == "" || port == "" || slices.Contains((*l)[:i], address) {
			return false
		}
	}
	return true
}

// duration is a time with its unit, as 10s.
type duration struct{ value *time.Duration }

// Set implements flag.Value.
func (d duration) Set(text string) (err error) {
	*d.value, err = time.ParseDuration(text)
	return err
}

// String implements flag.Value.
func (d duration) String() string {
	if d.value == nil {
		return ""
	}
	return d.value.String()
}

// completeCluster checks what the settings say of workers. The device of a run on
// workers is theirs, and not this process's.
func (v *Values) completeCluster() error {
	if len(v.Cluster) == 0 {
		for _, flag := range []string{"reduce", "worker-timeout", "elastic"} {
			if v.Chosen[flag] != "" {
				return fmt.Errorf("--%s needs --cluster HOST:PORT,...", flag)
			}
		}
		return nil
	}
	for flag, why := range map[string]string{"device": "each worker has a --device of its own", "replicas": "each worker is a replica",
		"threads": "each worker has a --threads of its own", "profile": "steps on workers cannot be recorded", "jit": "XLA compiles no graph on workers"} {
		if v.Chosen[flag] != "" && v.Chosen[flag] != "false" {
			return fmt.Errorf("--%s and --cluster exclude each other: %s", flag, why)
		}
	}
	v.Device = graphs.CPU
	return nil
}
