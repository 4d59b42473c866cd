package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/servable"
	"github.com/tflab/tflab/cmd/internal/server"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/cmd/internal/tflog"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/serving"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// watchEvery is the interval at which --watch looks for a new version.
const watchEvery = 500 * time.Millisecond

func serveCommand() *cli.Command {
	return &cli.Command{
		Name:      "serve",
		Usage:     "serve a trained network over HTTP: TensorFlow Serving's REST API, and a page to draw on",
		ArgsUsage: "RUN|SAVEDMODEL [flags]",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "listen", Value: "127.0.0.1:8501", Usage: "listen on `ADDRESS`, HOST:PORT; other machines can reach an address that is not loopback"},
			&cli.StringFlag{Name: "name", Usage: "use `NAME` for the network in the paths", DefaultText: "the network's own"},
			&cli.StringFlag{Name: "weights", Value: "last", Usage: "serve the weights `W` of a run: last, best or a file"},
			&cli.BoolFlag{Name: "watch", Usage: "load each new version of the weights, or of the SavedModel"},
			&cli.BoolFlag{Name: "batching", Value: true, Usage: "let requests that arrive together share a run of the network"},
			&cli.IntFlag{Name: "max-batch", Value: 64, Usage: "compute at most `N` instances per run"},
			&cli.DurationFlag{Name: "batch-delay", Usage: "let an incomplete batch wait `TIME` for more requests", DefaultText: "no wait"},
			&cli.StringFlag{Name: "max-body", Value: "32M", Usage: "refuse bodies larger than `SIZE`"},
			&cli.DurationFlag{Name: "timeout", Value: 30 * time.Second, Usage: "fail requests that take longer than `TIME`"},
		}, settingFlags("device", "threads", "tf-log")...),
		Action: func(c *cli.Context) error {
			args, err := operands(c, "RUN|SAVEDMODEL")
			if err != nil {
				return err
			}
			if err := serve(c, args[0]); err != nil {
				return fmt.Errorf("serve %s: %w", args[0], err)
			}
			return nil
		},
	}
}

// serve loads a network and serves it until a signal arrives.
func serve(c *cli.Context, dir string) error {
	o, err := serverOptions(c)
	if err != nil {
		return err
	}
	con := consoleOf(c)
	from, err := sourceOf(c, dir)
	if err != nil {
		return err
	}
	if o.Name == "" {
		o.Name = strings.NewReplacer("/", "-", ":", "-").Replace(from.Name())
	}
	o.Log = func(line string) { con.warn(line) }
	stamp, err := from.Stamp()
	if err != nil {
		return err
	}
	var model server.Model
	var description server.Description
	err = tflog.Unless(con.tfLog, func() (err error) {
		model, description, err = from.Load(c.Context)
		return err
	})
	if err != nil {
		return err
	}
	s := server.New(o)
	s.Use(model, description)
	defer s.Close()
	var config net.ListenConfig
	l, err := config.Listen(c.Context, "tcp", c.String("listen"))
	if err != nil {
		return fmt.Errorf("%w: name another address with --listen HOST:PORT", err)
	}
	announce(con, l, o, description)
	ctx, cancel := context.WithCancel(c.Context)
	defer cancel()
	if c.Bool("watch") {
		go servable.Watch(ctx, s, from, stamp, watchEvery, func(line string) { fmt.Fprintf(con.err, "tflab: %s\n", oneLine(line)) })
	}
	if err := s.Serve(ctx, l); err != nil {
		return err
	}
	// SIGTERM stops a server regularly; Ctrl-C interrupts it.
	if stopped := (interrupted{}); errors.As(context.Cause(ctx), &stopped) && stopped.signal == syscall.SIGTERM {
		return nil
	}
	return ctx.Err()
}

func serverOptions(c *cli.Context) (server.Options, error) {
	var body settings.Size
	err := body.Set(c.String("max-body"))
	switch {
	case err != nil:
		return server.Options{}, usagef("--max-body %s: %w", c.String("max-body"), err)
	case body < 1:
		return server.Options{}, usagef("--max-body %s: want more than 0", c.String("max-body"))
	case c.Int("max-batch") < 1:
		return server.Options{}, usagef("--max-batch %d: want 1 or more", c.Int("max-batch"))
	case c.Duration("batch-delay") < 0:
		return server.Options{}, usagef("--batch-delay %s: want a time, such as 2ms", c.Duration("batch-delay"))
	case c.Duration("timeout") <= 0:
		return server.Options{}, usagef("--timeout %s: want a time, such as 30s", c.Duration("timeout"))
	case strings.ContainsAny(c.String("name"), "/:"):
		return server.Options{}, usagef("--name %q: want a name without / and :", c.String("name"))
	}
	return server.Options{
		Name:     c.String("name"),
		Batching: server.Batching{Off: !c.Bool("batching"), Max: c.Int("max-batch"), Delay: c.Duration("batch-delay")},
		MaxBody:  int64(body),
		Timeout:  c.Duration("timeout"),
		Decode:   dataset.DecodeImage,
		Local:    server.IsLoopback(c.String("listen")),
	}, nil
}

// announce prints the address of the server, and warns if other machines can reach it.
func announce(con console, l net.Listener, o server.Options, d server.Description) {
	fmt.Fprintf(con.out, "serving %s, version %d\npage  http://%s/\nAPI   http://%[3]s/v1/models/%[1]s\n", o.Name, d.Version, l.Addr())
	if !o.Local {
		con.warn(fmt.Sprintf("%s is not a loopback address: anyone who reaches this machine can use the network, without a password and without encryption", l.Addr()))
	}
}

// sourceOf returns the source in a folder: a SavedModel or a run.
func sourceOf(c *cli.Context, dir string) (servable.Source, error) {
	values := settings.Default()
	chosen := choices(c)
	for _, s := range values.Table() { // not Choose, which also needs a network's recipe
		if text, ok := chosen[s.Flag]; ok {
			if err := s.Set(text); err != nil {
				return nil, usageError{err}
			}
		}
	}
	if err := values.Device.Check(); err != nil {
		return nil, err
	}
	if err := experiment.PrepareTensorFlow(graphs.Options{Device: values.Device}); err != nil {
		return nil, err
	}
	options := serving.Options{Device: values.Device, Threads: values.Threads}
	if serving.IsSavedModel(dir) {
		return servable.SavedModel(dir, options)
	}
	trained, err := experiment.Open(dir)
	if err != nil {
		return nil, err
	}
	return servable.Run(trained, c.String("weights"), options), nil
}
