package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/tfmodels/dataset"
)

func dataCommand() *cli.Command {
	sub := func(name, usage string, action func(c *cli.Context, names []string) error) *cli.Command {
		return &cli.Command{Name: name, Usage: usage, ArgsUsage: "[mnist|cifar10]...", Flags: settingFlags("data"),
			Action: func(c *cli.Context) error {
				names, err := datasetNames(c)
				if err != nil {
					return err
				}
				return action(c, names)
			}}
	}
	return &cli.Command{
		Name:  "data",
		Usage: "fetch, check or list the data sets",
		Subcommands: []*cli.Command{
			sub("fetch", "download data sets into tflab's cache, unless they are on this machine", fetchData),
			sub("check", "read every data set that is found and check it", checkData),
			sub("list", "show the places that are searched for data sets, and what they contain", listData),
		},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("data: unknown command %q: want fetch, check or list", c.Args().First())
			}
			return cli.ShowSubcommandHelp(c)
		},
	}
}

// datasetNames returns the arguments, or all data sets if there are none.
func datasetNames(c *cli.Context) ([]string, error) {
	known := dataset.Names()
	if !c.Args().Present() {
		return known, nil
	}
	for _, n := range c.Args().Slice() {
		if !slices.Contains(known, n) {
			return nil, usagef("%s: unknown data set %q: want %s", commandPath(c), n, strings.Join(known, " or "))
		}
	}
	return c.Args().Slice(), nil
}

func fetchData(c *cli.Context, names []string) error {
	for _, name := range names {
		path, err := dataset.Fetch(c.Context, name, dataset.Options{Dir: c.String("data"), Progress: c.App.ErrWriter})
		if err != nil {
			return fmt.Errorf("data fetch: %w", err)
		}
		fmt.Fprintf(c.App.Writer, "%-8s %s\n", name, path)
	}
	return nil
}

func listData(c *cli.Context, names []string) error {
	for _, name := range names {
		locations, err := dataset.Locate(name, dataset.Options{Dir: c.String("data")})
		if err != nil {
			return fmt.Errorf("data list: %w", err)
		}
		for _, l := range locations {
			what := "-"
			if l.Path != "" {
				what = fmt.Sprintf("%s (%s)", l.Path, l.Format)
			}
			fmt.Fprintf(c.App.Writer, "%-8s %-6s %s: %s\n", name, l.Owner, l.Place, what)
		}
	}
	return nil
}

func checkData(c *cli.Context, names []string) error {
	var broken []error
	for _, name := range names {
		locations, err := dataset.Locate(name, dataset.Options{Dir: c.String("data")})
		if err != nil {
			return fmt.Errorf("data check: %w", err)
		}
		found := false
		for _, l := range locations {
			if l.Path == "" {
				continue
			}
			found = true
			data, err := l.Read()
			if err != nil {
				broken = append(broken, err)
				continue
			}
			fmt.Fprintf(c.App.Writer, "%-8s %s (%s)\n", name, l.Path, l.Format)
			fmt.Fprintf(c.App.Writer, "         training %d images, by class %v\n", data.Train.Len(), data.Train.Counts())
			fmt.Fprintf(c.App.Writer, "         test     %d images, by class %v\n", data.Test.Len(), data.Test.Counts())
			fmt.Fprintf(c.App.Writer, "         %s\n", data.Fingerprint())
		}
		if !found {
			fmt.Fprintf(c.App.Writer, "%-8s not on this machine: 'tflab data fetch %s' downloads it\n", name, name)
		}
	}
	if len(broken) > 0 {
		return fmt.Errorf("data check: %w", errors.Join(broken...))
	}
	return nil
}
