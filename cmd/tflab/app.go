package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/graphs/release"
)

// Exit statuses, apart from 128+signal for an interrupted command.
const (
	statusDone   = 0
	statusFailed = 1
	statusUsage  = 2
)

// usageError is an error in the command line, as opposed to an error in its execution.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// interrupted is the cause of a context that a user's signal has ended.
type interrupted struct{ signal syscall.Signal }

func (i interrupted) Error() string { return "interrupted (" + i.signal.String() + ")" }

// newApp returns the command line with all its commands.
func newApp(stdout, stderr io.Writer) *cli.App {
	app := &cli.App{
		Name:           "tflab",
		Usage:          "train the networks of an image recognition lab as native TensorFlow graphs",
		Version:        experiment.Version(),
		Writer:         stdout,
		ErrWriter:      stderr,
		ExitErrHandler: func(*cli.Context, error) {},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("unknown command %q: want one of %s", c.Args().First(), commandNames(c.App.Commands))
			}
			return cli.ShowAppHelp(c)
		},
		Commands: []*cli.Command{
			labCommand(),
			trainCommand(),
			workerCommand(),
			evaluateCommand(),
			serveCommand(),
			compareCommand(),
			benchCommand(),
			reportCommand(),
			plotCommand(),
			predictCommand(),
			exportCommand(),
			summaryCommand(),
			initCommand(),
			lowlevelCommand(),
			dataCommand(),
			doctorCommand(),
		},
	}
	app.OnUsageError = func(c *cli.Context, err error, _ bool) error {
		// Package flag writes flags with one dash.
		return usagef("%s; see '%s --help'", strings.ReplaceAll(err.Error(), " -", " --"), cmp.Or(c.Command.HelpName, "tflab"))
	}
	walk(app.Commands, func(c *cli.Command) {
		c.HideHelpCommand = true
		c.OnUsageError = app.OnUsageError
	})
	return app
}

// run executes one command line and returns the exit status. Every error is printed as
// one line on stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (status int) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(stderr, "tflab: internal error: %s; this is a bug in tflab, please report it\n", oneLine(fmt.Sprint(r)))
			status = statusFailed
		}
	}()
	if difference := release.Difference(release.BuiltFor(), release.Loaded()); difference != "" {
		fmt.Fprintf(stderr, "tflab: warning: %s\n", difference)
	}
	app := newApp(stdout, stderr)
	err := app.RunContext(ctx, flagsFirst(app.Commands, args))
	if err == nil {
		return statusDone
	}
	var stopped interrupted
	if errors.Is(err, context.Canceled) && errors.As(context.Cause(ctx), &stopped) {
		fmt.Fprintf(stderr, "tflab: %s\n", oneLine(strings.ReplaceAll(err.Error(), context.Canceled.Error(), stopped.Error())))
		return 128 + int(stopped.signal)
	}
	fmt.Fprintf(stderr, "tflab: %s\n", oneLine(err.Error()))
	if errors.As(err, &usageError{}) {
		return statusUsage
	}
	return statusFailed
}

// oneLine joins the lines of errors that quote a library's output.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

// walk calls visit for commands and their subcommands.
func walk(commands []*cli.Command, visit func(*cli.Command)) {
	for _, c := range commands {
		visit(c)
		walk(c.Subcommands, visit)
	}
}

func commandNames(commands []*cli.Command) string {
	var names []string
	for _, c := range commands {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}
