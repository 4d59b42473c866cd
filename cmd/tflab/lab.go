package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/lab"
	"github.com/tflab/tflab/cmd/internal/report/document"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/tfmodels"
)

func labCommand() *cli.Command {
	flags := append(settingFlags("data", "epochs", "limit", "semantics", "seed"),
		&cli.IntFlag{Name: "seeds", Value: 1, Usage: "train each network `K` times, with seeds from --seed on, side by side if there are enough threads"},
		&cli.StringFlag{Name: "only", Usage: "run only the parts `NAME,...`: networks, and lowlevel for exercise three"},
		&cli.StringFlag{Name: "out", Usage: "write the report and a folder for each part to `DIR`, and complete what is there already", DefaultText: "runs/lab-TIME"})
	return &cli.Command{
		Name:      "lab",
		Usage:     "run the whole assignment and write its report",
		ArgsUsage: "[flags]",
		Flags:     append(flags, settingFlags("verbose", settings.Machine)...),
		Action: func(c *cli.Context) error {
			if _, err := operands(c); err != nil {
				return err
			}
			o, err := labOptions(c)
			if err != nil {
				return err
			}
			if err := lab.Run(c.Context, o, c.App.Writer, consoleOf(c).events()); err != nil {
				return fmt.Errorf("lab: %w", err)
			}
			return nil
		},
	}
}

// labOptions reads the flags.
func labOptions(c *cli.Context) (lab.Options, error) {
	networks, lowLevel, err := labParts(c.String("only"))
	if err != nil {
		return lab.Options{}, err
	}
	chosen := choices(c)
	delete(chosen, "out") // the folder of the lab, not of a run
	seeds := c.Int("seeds")
	if seeds < 1 || seeds > maxSeeds {
		return lab.Options{}, usagef("lab: --seeds %d: want 1 to %d", seeds, maxSeeds)
	}
	devices, err := labDevices(c)
	if err != nil {
		return lab.Options{}, err
	}
	if devices != nil {
		chosen["device"] = string(devices[0])
	}
	o := lab.Options{LowLevel: lowLevel, Out: cmp.Or(c.String("out"), experiment.DefaultFolder("lab"))}
	again := commandLine("")
	if c.String("out") == "" {
		again = commandLine("", "--out", o.Out)
	}
	shared, err := experiment.New(tfmodels.Assigned()[0], chosen)
	if err != nil {
		return o, usageError{err}
	}
	o.Shared = shared.Values
	for seed := range int64(seeds) {
		chosen := maps.Clone(chosen)
		chosen["seed"] = strconv.FormatInt(o.Shared.Seed+seed, 10)
		for _, n := range networks {
			s, err := experiment.New(n, chosen)
			if err != nil {
				return o, usageError{err}
			}
			s.CommandLine, s.Continue = os.Args, again
			o.Specs = append(o.Specs, s)
		}
	}
	o.Devices, o.Elsewhere = devices, labElsewhere(o.Out, o.Shared.Verbose)
	return o, nil
}

// maxSeeds is more than a spread needs.
const maxSeeds = 1000

// labParts returns the parts in a comma-separated list, or all parts.
func labParts(only string) (networks []tfmodels.Network, lowLevel bool, err error) {
	networks = tfmodels.Assigned()
	if only == "" {
		return networks, true, nil
	}
	var known []string
	for _, n := range networks {
		known = append(known, n.Name())
	}
	known = append(known, document.LowLevelFolder)
	names := strings.Split(only, ",")
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, false, usagef("lab: --only: unknown network %q: want one of %s", name, strings.Join(known, ", "))
		}
	}
	chosen := slices.DeleteFunc(networks, func(n tfmodels.Network) bool { return !slices.Contains(names, n.Name()) })
	return chosen, slices.Contains(names, document.LowLevelFolder), nil
}
