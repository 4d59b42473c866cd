package cluster

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// established is the kernel's number for that state (include/net/tcp_states.h).
const established = 1

// Silence looks at the connections that this process has accepted on a TCP port: how
// many there are, and how long ago the last data arrived on any. A client asks its
// workers every few seconds whether they are there. Connections between workers outlive
// the client that caused them.
func Silence(port int) (connections int, silent time.Duration, err error) {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0, 0, fmt.Errorf("cluster: connections: %w", err)
	}
	silent = math.MaxInt64
	for _, f := range files {
		fd, err := strconv.Atoi(f.Name())
		if err != nil || portOf(fd) != port {
			continue
		}
		info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
		if err == nil && info.State == established {
			connections++
			silent = min(silent, time.Duration(info.Last_data_recv)*time.Millisecond)
		}
	}
	return connections, silent, nil
}

// portOf is the port that a socket is bound to, 0 for all other files.
func portOf(fd int) int {
	switch at, _ := unix.Getsockname(fd); at := at.(type) {
	case *unix.SockaddrInet4:
		return at.Port
	case *unix.SockaddrInet6:
		return at.Port
	}
	return 0
}
