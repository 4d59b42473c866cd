package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// flagsFirst moves the flags of a command line before its arguments, because package
// flag stops at the first argument. Everything after "--" is unchanged.
func flagsFirst(commands []*cli.Command, args []string) []string {
	if len(args) == 0 {
		return args
	}
	head, rest := args[:1:1], args[1:]
	var command *cli.Command
	for len(rest) > 0 {
		next := find(commands, rest[0])
		if next == nil {
			break
		}
		command, commands = next, next.Subcommands
		head, rest = append(head, rest[0]), rest[1:]
	}
	if command == nil {
		return args
	}
	var flags, operands []string
	for len(rest) > 0 {
		arg := rest[0]
		rest = rest[1:]
		switch {
		case arg == "--":
			operands, rest = append(operands, rest...), nil
		case len(arg) < 2 || arg[0] != '-':
			operands = append(operands, arg)
		case takesValue(command, arg):
			if len(rest) == 0 { // left at the end, where package flag reports its missing value
				return append(append(head, flags...), arg)
			}
			flags, rest = append(flags, arg, rest[0]), rest[1:]
		default:
			flags = append(flags, arg)
		}
	}
	head = append(head, flags...)
	if len(operands) > 0 {
		head = append(append(head, "--"), operands...)
	}
	return head
}

func find(commands []*cli.Command, name string) *cli.Command {
	for _, c := range commands {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

// takesValue reports whether a flag of the command takes the next argument as its
// value, that is, unless it is a switch or its value follows a "=".
func takesValue(command *cli.Command, arg string) bool {
	name, _, attached := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	if attached {
		return false
	}
	for _, f := range command.Flags {
		for _, n := range f.Names() {
			if n == name {
				_, isSwitch := f.(*cli.BoolFlag)
				return !isSwitch
			}
		}
	}
	return false
}

// operands checks the number of a command's arguments and returns them.
func operands(c *cli.Context, names ...string) ([]string, error) {
	got := c.Args().Slice()
	usage := fmt.Sprintf("usage: %s; see '%s --help'", strings.TrimSpace(c.Command.HelpName+" "+c.Command.ArgsUsage), c.Command.HelpName)
	if len(got) < len(names) {
		return nil, usagef("%s: %s is missing: %s", commandPath(c), names[len(got)], usage)
	}
	if len(got) > len(names) {
		return nil, usagef("%s: unexpected argument %q: %s", commandPath(c), got[len(names)], usage)
	}
	return got, nil
}

// commandPath returns the name of a command for errors, such as "train" or "lowlevel
// train".
func commandPath(c *cli.Context) string { return strings.TrimPrefix(c.Command.HelpName, "tflab ") }
