package main

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/machine"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs/release"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

func doctorCommand() *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "show the library, its version, devices, CPU features and data sets",
		Flags: settingFlags("data", settings.Machine),
		Action: func(c *cli.Context) error {
			if _, err := operands(c); err != nil {
				return err
			}
			out := c.App.Writer
			fmt.Fprintf(out, "tflab        %s\n", experiment.Version())
			fmt.Fprintf(out, "go           %s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
			fmt.Fprintf(out, "tensorflow   %s (built for %s)\n", release.Loaded(), cmp.Or(release.BuiltFor(), "an unknown release"))
			fmt.Fprintf(out, "library      %s\n", machine.Library())
			fmt.Fprintf(out, "cpu          %d cores: %s\n", runtime.NumCPU(), strings.Join(machine.CPUFeatures(), " "))
			for _, line := range doctorGPUs() {
				fmt.Fprintln(out, line)
			}
			values, err := chosenValues(c)
			if err != nil {
				return err
			}
			if len(values.Cluster) > 0 {
				return doctorCluster(c.Context, values.Cluster, values.WorkerTimeout, consoleOf(c))
			}
			devices := doctorDevices(c)
			for _, d := range doctorData(c.String("data")) {
				fmt.Fprintf(out, "data         %s\n", d)
			}
			return devices
		},
	}
}

// doctorDevices opens a session to check that the library works.
func doctorDevices(c *cli.Context) error {
	n, err := tfmodels.Lookup("mnist-mlp-linear")
	if err != nil {
		return err
	}
	s, err := experiment.New(n, choices(c))
	if err != nil {
		return usageError{err}
	}
	program, err := s.Compile(n, false, consoleOf(c).events())
	if err != nil {
		return fmt.Errorf("doctor: %w", err)
	}
	defer program.Close()
	devices, err := program.Devices()
	if err != nil {
		return fmt.Errorf("doctor: %w", err)
	}
	for _, d := range devices {
		fmt.Fprintf(c.App.Writer, "device       %s %s\n", strings.ToLower(d.Type), d.Name)
	}
	return nil
}

// doctorData says where each data set was found.
func doctorData(dir string) []string {
	var lines []string
	for _, name := range dataset.Names() {
		locations, err := dataset.Locate(name, dataset.Options{Dir: dir})
		if err != nil {
			return []string{err.Error()}
		}
		line := name + ": not found: the embedded sample replaces it"
		for _, l := range slices.Backward(locations) {
			if l.Path != "" {
				line = fmt.Sprintf("%s: %s (%s)", name, l.Path, l.Format)
			}
		}
		lines = append(lines, line)
	}
	return lines
}
