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

// List is a list of texts, separated by commas.
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

// valid reports whether the list consists of addresses without duplicates.
func (l *List) valid() bool {
	for i, address := range *l {
		host, port, err := net.SplitHostPort(address)
		if err != nil || host == "" || port == "" || slices.Contains((*l)[:i], address) {
			return false
		}
	}
	return true
}

// duration is a time with its unit, such as 10s.
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

// completeCluster checks the settings of workers. Each worker has its own device, so
// the device of this process must not be set.
func (v *Values) completeCluster() error {
	if len(v.Cluster) == 0 {
		if v.Elastic || v.Reduce != "" {
			return errors.New("--elastic and --reduce need workers: add --cluster with their addresses")
		}
		return nil
	}
	switch {
	case v.Device != graphs.Auto && v.Device != graphs.CPU:
		return fmt.Errorf("--device %s and --cluster exclude each other: each worker has its own --device", v.Device)
	case v.Threads > 0:
		return fmt.Errorf("--threads %d and --cluster exclude each other: each worker has its own --threads", v.Threads)
	case v.Replicas > 1:
		return fmt.Errorf("--replicas %d and --cluster exclude each other: each worker is a replica", v.Replicas)
	case v.JIT == graphs.JITOn:
		return errors.New("--jit and --cluster exclude each other: XLA does not compile graphs on workers")
	case v.Profile != "":
		return errors.New("--profile and --cluster exclude each other: steps on workers cannot be recorded")
	}
	v.Device = graphs.CPU
	return nil
}
