package machine

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// PeakMemory returns the largest resident set of this process so far, in bytes, or 0 if
// the system does not report it. The value of getrusage is unsuitable: Linux starts it
// with the resident set of the parent process.
func PeakMemory() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("peak memory: %w", err)
	}
	_, peak, found := bytes.Cut(status, []byte("\nVmHWM:"))
	if !found {
		return 0, nil
	}
	var kilobytes int64
	if _, err := fmt.Fscanf(bytes.NewReader(peak), "%d kB", &kilobytes); err != nil {
		return 0, fmt.Errorf("peak memory: VmHWM of /proc/self/status: %w", err)
	}
	return kilobytes * 1024, nil
}

// ProcessAge returns the time since this process was started. It includes the loading
// of shared libraries, which precedes the program's first line.
func ProcessAge() (time.Duration, error) {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0, fmt.Errorf("start of the process: %w", err)
	}
	const startTime = 22 - 3 // field 22 of proc(5), counted from the field after the name
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= startTime {
		return 0, fmt.Errorf("start of the process: /proc/self/stat has %d fields after the name: want more than %d", len(fields), startTime)
	}
	ticks, err := strconv.ParseInt(string(fields[startTime]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("start of the process: /proc/self/stat: %w", err)
	}
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		return 0, fmt.Errorf("start of the process: %w", err)
	}
	const tick = time.Second / 100 // Linux reports 100 ticks per second to all programs, whatever its internal rate
	return time.Duration(now.Nano()) - time.Duration(ticks)*tick, nil
}
