package settings

import (
	"net"
	"slices"
	"strings"
	"time"
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
