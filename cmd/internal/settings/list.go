package settings

import (
	"errors"
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
		if v.Elastic || v.Reduce != "" {
			return errors.New("--elastic and --reduce need workers: give --cluster HOST:PORT,... as well")
		}
		return nil
	}
	switch {
	case v.Device != graphs.Auto && v.Device != graphs.CPU:
		return fmt.Errorf("--device %s and --cluster exclude each other: each worker has a --device of its own", v.Device)
	case v.Threads > 0:
		return fmt.Errorf("--threads %d and --cluster exclude each other: each worker has a --threads of its own", v.Threads)
	case v.Replicas > 1:
		return fmt.Errorf("--replicas %d and --cluster exclude each other: each worker is a replica", v.Replicas)
	case v.JIT == graphs.JITOn:
		return errors.New("--jit and --cluster exclude each other: XLA compiles no graph on workers")
	case v.Profile != "":
		return errors.New("--profile and --cluster exclude each other: the steps of workers cannot be recorded")
	}
	v.Device = graphs.CPU
	return nil
}
