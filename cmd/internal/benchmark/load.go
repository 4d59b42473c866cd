package benchmark

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// Load measures how busy other programs keep the machine.
type Load struct {
	begun     time.Time
	busy, own float64 // seconds, summed over all CPUs
}

// WatchLoad starts measuring.
func WatchLoad() Load { return Load{begun: time.Now(), busy: busy(), own: own()} }

// Others returns the share of the machine's cores used since WatchLoad by programs
// other than this process and the processes that it started and waited for. The share
// is from 0 to 1, and 0 if the system does not report CPU times.
func (l Load) Others() float64 {
	capacity := time.Since(l.begun).Seconds() * float64(runtime.NumCPU())
	return min(1, max(0, (busy()-l.busy)-(own()-l.own))/capacity)
}

// busy returns how long all CPUs have worked since the system started, including the
// time taken by a hypervisor (proc(5): user, nice, system, irq, softirq and steal of
// /proc/stat).
func busy() float64 {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	var user, nice, system, idle, wait, irq, soft, steal float64
	if _, err := fmt.Fscanf(bytes.NewReader(stat), "cpu %g %g %g %g %g %g %g %g", &user, &nice, &system, &idle, &wait, &irq, &soft, &steal); err != nil {
		return 0
	}
	const ticks = 100 // per second, independent of the kernel's own rate
	return (user + nice + system + irq + soft + steal) / ticks
}

// own returns the CPU time of this process and of the processes that it has waited for.
func own() (seconds float64) {
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u unix.Rusage
		if err := unix.Getrusage(who, &u); err == nil {
			seconds += time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
		}
	}
	return seconds
}
