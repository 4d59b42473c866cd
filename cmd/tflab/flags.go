package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/tfmodels"
	kerasfile "github.com/tflab/tflab/tfmodels/keras"
)

// console holds the output of a command: results go to out, everything else to err.
type console struct {
	out, err io.Writer
	verbose  int             // 0 silent, 1 a bar, 2 one line per epoch
	tfLog    bool            // show TensorFlow's log lines
	said     map[string]bool // warnings that were printed already
}

func consoleOf(c *cli.Context) console {
	return console{out: c.App.Writer, err: c.App.ErrWriter, verbose: c.Int("verbose"), tfLog: c.Bool("tf-log"), said: map[string]bool{}}
}

func (con console) warn(message string) {
	fmt.Fprintf(con.err, "tflab: warning: %s\n", oneLine(message))
}

// warnOnce prints a warning only once, even if it applies to several networks of a
// command.
func (con console) warnOnce(message string) {
	if !con.said[message] {
		con.said[message] = true
		con.warn(message)
	}
}

func (con console) events() experiment.Events {
	return experiment.Events{Progress: con.err, Warn: con.warnOnce}
}

// settingFlags returns the flags of groups of settings, and of single settings by the
// names of their flags.
func settingFlags(names ...settings.Group) []cli.Flag {
	values := settings.Default()
	var flags []cli.Flag
	for _, s := range values.Table() {
		if s.In(names) {
			flags = append(flags, flagOf(s))
		}
	}
	return flags
}

// flagOf returns the flag of a setting.
func flagOf(s settings.Setting) cli.Flag {
	var env []string
	if s.Env != "" {
		env = []string{s.Env}
	}
	switch v := s.Value.(type) {
	case *int:
		return &cli.IntFlag{Name: s.Flag, Usage: s.Help, DefaultText: s.Default, Value: *v}
	case *int64:
		return &cli.Int64Flag{Name: s.Flag, Usage: s.Help, DefaultText: s.Default, Value: *v}
	case *float64:
		return &cli.Float64Flag{Name: s.Flag, Usage: s.Help, DefaultText: s.Default, Value: *v}
	}
	if s.Switch() {
		return &cli.BoolFlag{Name: s.Flag, Usage: s.Help, DefaultText: s.Default, Value: s.String() == "true"}
	}
	return &cli.StringFlag{Name: s.Flag, Usage: s.Help, DefaultText: s.Default, Value: s.String(), EnvVars: env}
}

// choices returns the settings that a command line chooses.
func choices(c *cli.Context) settings.Choices {
	chosen := settings.Choices{}
	values := settings.Default()
	for _, s := range values.Table() {
		if text := fmt.Sprint(c.Value(s.Flag)); c.IsSet(s.Flag) && text != "" {
			chosen[s.Flag] = text
		}
	}
	return chosen
}

// chosenValues are the settings of a command that trains no network.
func chosenValues(c *cli.Context) (settings.Values, error) {
	values, chosen := settings.Default(), choices(c)
	for _, s := range values.Table() {
		if text, ok := chosen[s.Flag]; ok {
			if err := s.Set(text); err != nil {
				return values, usageError{err}
			}
		}
	}
	return values, nil
}

func networkArgument(c *cli.Context) (tfmodels.Network, error) {
	args, err := operands(c, "NETWORK")
	if err != nil {
		return tfmodels.Network{}, err
	}
	n, err := kerasfile.Lookup(args[0])
	if err != nil {
		err = fmt.Errorf("%s: %w", commandPath(c), err)
		if !kerasfile.IsFile(args[0]) {
			err = usageError{err}
		}
	}
	return n, err
}
