package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/server"
	"github.com/tflab/tflab/cmd/internal/tflog"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/cluster"
	"github.com/tflab/tflab/graphs/release"
)

func workerCommand() *cli.Command {
	return &cli.Command{
		Name:  "worker",
		Usage: "compute for other tflab processes that train with --cluster",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "listen", Value: "127.0.0.1:2222", Usage: "listen only on `ADDRESS`, HOST:PORT; anyone who can connect to it can run any TensorFlow graph on this machine"},
			&cli.BoolFlag{Name: "insecure", Usage: "allow --listen to name all addresses of the machine"},
		}, settingFlags("device", "threads", "tf-log")...),
		Action: func(c *cli.Context) error {
			if _, err := operands(c); err != nil {
				return err
			}
			if err := work(c); err != nil {
				return fmt.Errorf("worker: %w", err)
			}
			return nil
		},
	}
}

// work runs the worker until a signal arrives.
func work(c *cli.Context) error {
	address, con := cmp.Or(os.Getenv(startedAnew), c.String("listen")), consoleOf(c)
	if err := checkListen(address, c.Bool("insecure")); err != nil {
		return err
	}
	values, err := chosenValues(c)
	if err != nil {
		return err
	}
	o := graphs.Options{Device: values.Device, Threads: values.Threads}
	if err := experiment.PrepareTensorFlow(o); err != nil {
		return err
	}
	config, device, err := graphs.WorkerConfig(o)
	if err != nil {
		return err
	}
	if !server.IsLoopback(address) && os.Getenv(startedAnew) == "" {
		con.warn(openWarning(address))
	}
	var listening string
	err = tflog.Unless(con.tfLog, func() (err error) {
		if err := graphs.WarmUp(config); err != nil {
			return err
		}
		listening, err = cluster.Start(address, config)
		return err
	})
	if err != nil {
		return err
	}
	if os.Getenv(startedAnew) == "" {
		fmt.Fprintf(con.out, "worker %s TensorFlow %s devices %s\n", listening, release.Loaded(), strings.Join(deviceNames(device), ","))
	}
	if err := untilIdle(c.Context, listening); err == nil {
		return startAnew(listening)
	}
	if stopped := (interrupted{}); errors.As(context.Cause(c.Context), &stopped) && stopped.signal == syscall.SIGTERM {
		return nil
	}
	return c.Context.Err()
}

// startedAnew is the environment variable in which a worker that restarts itself passes
// on its address.
const startedAnew = "TFLAB_WORKER_ANEW"

// A worker restarts itself when it has had clients and all have been gone for goneTime,
// or when the remaining connections have been silent for silentTime.
const (
	goneTime   = 10 * time.Second
	silentTime = time.Minute
)

// untilIdle returns when the worker has no more clients, or with the error of ctx.
func untilIdle(ctx context.Context, listening string) error {
	at, err := netip.ParseAddrPort(listening)
	if err != nil {
		return err
	}
	seconds := time.NewTicker(time.Second)
	defer seconds.Stop()
	var last time.Time // when a client was last connected
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case now := <-seconds.C:
			n, silent, err := cluster.Silence(int(at.Port()))
			if err != nil { // the system does not report connections
				<-ctx.Done()
				return ctx.Err()
			}
			if n > 0 {
				last = now
			}
			if n > 0 && silent >= silentTime || n == 0 && !last.IsZero() && now.Sub(last) >= goneTime {
				return nil
			}
		}
	}
}

// startAnew replaces the process with a new one on the same address, since TensorFlow
// keeps the resources of a killed client on the worker and cannot release them.
func startAnew(listening string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(self, os.Args, append(os.Environ(), startedAnew+"="+listening))
}

// checkListen returns an error if an address would open the worker to all networks of
// the machine.
func checkListen(address string, insecure bool) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return usagef("worker: --listen %s: want HOST:PORT", address)
	}
	ip := net.ParseIP(host)
	if (host == "" || ip != nil && ip.IsUnspecified()) && !insecure {
		return usagef("worker: --listen %s: every address of this machine: name the address of a private network, or add --insecure", address)
	}
	return nil
}

// openWarning returns a warning that other machines can reach the worker, and what to
// do about it.
func openWarning(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return fmt.Sprintf("%s can be reached from other machines: anyone who can connect can run anything that TensorFlow can, as this user, without a password and without encryption; "+
		"use a private network, or omit --listen and use a tunnel: ssh -N -L %[2]s:127.0.0.1:%[2]s HOST", address, port)
}

// deviceNames returns the devices that the worker offers.
func deviceNames(d graphs.Device) []string {
	if d == graphs.CPU {
		return []string{"cpu"}
	}
	return []string{"cpu", string(d)}
}
