package cluster

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// established is the kernel's number of the state ESTABLISHED
// (include/net/tcp_states.h).
const established = 1

// Silence returns the number of connections that this process has accepted on a TCP
// port, and the time since the last data arrived on any of them. A client polls its
// workers every few seconds. Connections between workers outlive the client that caused
// them.
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

// portOf returns the port that a socket is bound to, or 0 for any other file.
func portOf(fd int) int {
	switch at, _ := unix.Getsockname(fd); at := at.(type) {
	case *unix.SockaddrInet4:
		return at.Port
	case *unix.SockaddrInet6:
		return at.Port
	}
	return 0
}
