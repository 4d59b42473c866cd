package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/settings"
)

func trainCommand() *cli.Command {
	return &cli.Command{
		Name:      "train",
		Usage:     "train a network of the lab, or a network in a Keras file",
		ArgsUsage: "NETWORK [flags]",
		Flags:     settingFlags(settings.Data, settings.Method, settings.Keeping, settings.Machine),
		Action: func(c *cli.Context) error {
			n, err := networkArgument(c)
			if err != nil {
				return err
			}
			s, err := experiment.New(n, choices(c))
			if err != nil {
				return usageError{err}
			}
			if err := s.Check(); err != nil {
				return fmt.Errorf("train %s: %w", n.Name(), err)
			}
			if taken := s.Taken(); taken != "" && s.Verbose > 0 {
				fmt.Fprintf(c.App.ErrWriter, "%s gives %s\n", n.File, taken)
			}
			s.CommandLine, s.Continue = os.Args, commandLine("--resume", "--resume")
			if s.Chosen["out"] == "" {
				s.Continue = commandLine("--resume", "--out", s.Out, "--resume")
			}
			history, err := experiment.Run(c.Context, s, consoleOf(c).events())
			if err != nil {
				return fmt.Errorf("train %s: %w", n.Name(), err)
			}
			fmt.Fprintf(c.App.Writer, "test loss %.4f accuracy %.4f\nrun %s\n", history.Test.Loss, history.Test.Accuracy, s.Out)
			if s.Profile != "" {
				fmt.Fprintf(c.App.Writer, "profile %s\n", s.Profile)
			}
			return nil
		},
	}
}

// commandLine returns the command line of this process without one word, and with more
// words at its end.
func commandLine(without string, more ...string) string {
	given := slices.DeleteFunc(slices.Clone(os.Args[1:]), func(w string) bool { return w == without })
	words := []string{"tflab"}
	for _, w := range append(given, more...) {
		words = append(words, quoted(w))
	}
	return strings.Join(words, " ")
}

// quoted returns a word quoted for a shell.
func quoted(w string) string {
	if w != "" && !strings.ContainsAny(w, " \t\n'\"\\$`&|;<>()*?[]{}!#~") {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
