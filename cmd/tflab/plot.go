package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/report/document"
)

func plotCommand() *cli.Command {
	return &cli.Command{
		Name:      "plot",
		Usage:     "draw the history of a run, or several runs in one picture",
		ArgsUsage: "RUN... [flags]",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write the pictures to `DIR`", DefaultText: "the run's folder; for several runs, runs/plot-TIME"},
			&cli.StringFlag{Name: "format", Value: "png", Usage: "write `FORMAT`: png, svg or pdf"},
		},
		Action: func(c *cli.Context) error {
			if !c.Args().Present() {
				return usagef("plot: RUN is missing: usage: %s %s; see '%s --help'", c.Command.HelpName, c.Command.ArgsUsage, c.Command.HelpName)
			}
			if formats := []string{"png", "svg", "pdf"}; !slices.Contains(formats, c.String("format")) {
				return usagef("plot: --format %q: want png, svg or pdf", c.String("format"))
			}
			if err := plot(c, c.Args().Slice()); err != nil {
				return fmt.Errorf("plot: %w", err)
			}
			return nil
		},
	}
}

func plot(c *cli.Context, dirs []string) error {
	names := legendNames(dirs)
	var runs []*document.Run
	for i, dir := range dirs {
		r, err := document.OpenRun(dir, names[i])
		if err != nil {
			return err
		}
		runs = append(runs, r)
	}
	out, pictures := dirs[0], document.Together("Runs side by side", runs)
	if len(runs) == 1 {
		var err error
		if pictures, err = runs[0].Pictures(); err != nil {
			return err
		}
	} else {
		out = filepath.Join("runs", "plot-"+time.Now().Format("20060102-150405"))
	}
	if c.String("out") != "" {
		out = c.String("out")
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	for _, p := range pictures {
		if err := c.Context.Err(); err != nil {
			return err
		}
		path := filepath.Join(out, p.Name+"."+c.String("format"))
		if err := p.WriteFile(path); err != nil {
			return err
		}
		fmt.Fprintln(c.App.Writer, path)
	}
	return nil
}

// legendNames returns the last elements of the paths, or the whole paths if the last
// elements are not distinct.
func legendNames(dirs []string) []string {
	names, seen := make([]string, len(dirs)), map[string]bool{}
	for i, dir := range dirs {
		names[i] = filepath.Base(filepath.Clean(dir))
		if seen[names[i]] {
			return dirs
		}
		seen[names[i]] = true
	}
	return names
}
