// Command tflab trains the networks of the lab "Image recognition using deep
// networks" as native TensorFlow graphs.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

func main() {
	// Users see errors as one line, without stack traces. GOTRACEBACK=all shows them.
	debug.SetTraceback("none")
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		s := <-signals
		signal.Stop(signals) // a second signal ends the process immediately
		cancel(interrupted{s.(syscall.Signal)})
	}()
	os.Exit(run(ctx, os.Args, os.Stdout, os.Stderr))
}
