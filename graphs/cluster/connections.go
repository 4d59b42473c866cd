package cluster

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Connections counts the connections to a TCP port of this machine, by the kernel's
// tables.
func Connections(port int) (int, error) {
	n := 0
	for _, path := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		found, err := countIn(path, port)
		if err != nil && !errors.Is(err, os.ErrNotExist) { // a kernel without IPv6
			return 0, fmt.Errorf("cluster: connections: %w", err)
		}
		n += found
	}
	return n, nil
}

// established is the kernel's number for that state (include/net/tcp_states.h).
const established = 1

// countIn counts in a table, whose rows are
//
//	sl local_address rem_address st ...
//	 0: 0100007F:08AE 00000000:0000 0A ...
func countIn(path string, port int) (n int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	rows := bufio.NewScanner(f)
	for rows.Scan() {
		fields := strings.Fields(rows.Text())
		if len(fields) < 4 {
			continue
		}
		_, local, _ := strings.Cut(fields[1], ":")
		at, _ := strconv.ParseInt(local, 16, 32) // the heading has none
		state, _ := strconv.ParseInt(fields[3], 16, 32)
		if int(at) == port && state == established {
			n++
		}
	}
	return n, rows.Err()
}
