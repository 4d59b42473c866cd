package main

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/release"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

func doctorCommand() *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "show the library, its version, devices, CPU features and data sets",
		Flags: append(dataFlags(), deviceFlags()...),
		Action: func(c *cli.Context) error {
			if _, err := operands(c); err != nil {
				return err
			}
			out := c.App.Writer
			fmt.Fprintf(out, "tflab        %s\n", version())
			fmt.Fprintf(out, "go           %s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
			fmt.Fprintf(out, "tensorflow   %s (built for %s)\n", release.Loaded(), cmp.Or(release.BuiltFor(), "an unknown release"))
			fmt.Fprintf(out, "library      %s\n", library())
			fmt.Fprintf(out, "cpu          %d cores: %s\n", runtime.NumCPU(), strings.Join(cpuFeatures(), " "))
			devices := doctorDevices(c)
			for _, d := range doctorData(c.String("data")) {
				fmt.Fprintf(out, "data         %s\n", d)
			}
			return devices
		},
	}
}

// doctorDevices opens a session, the proof that the library works.
func doctorDevices(c *cli.Context) error {
	var s settings
	if err := s.machine(c); err != nil {
		return err
	}
	program, err := consoleOf(c).compile(tfmodels.MNISTMLPLinear(), graphs.Options{Device: s.device, Threads: s.threads})
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

// library is the file that TensorFlow's C API was loaded from.
func library() string {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return "unknown: " + err.Error()
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if _, path, ok := strings.Cut(lines.Text(), "/"); ok && strings.Contains(path, "libtensorflow") && !strings.Contains(path, "framework") {
			return "/" + path
		}
	}
	return "unknown"
}

// cpuFeatures are those that TensorFlow's kernels make use of.
func cpuFeatures() []string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return []string{"features unknown: " + err.Error()}
	}
	has := strings.Fields(string(info))
	var features []string
	for _, f := range []string{"avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16"} {
		if slices.Contains(has, f) {
			features = append(features, f)
		}
	}
	return features
}

// doctorData says where each data set is found.
func doctorData(dir string) []string {
	var lines []string
	for _, name := range dataset.Names() {
		locations, err := dataset.Locate(name, dataset.Options{Dir: dir})
		if err != nil {
			return []string{err.Error()}
		}
		line := name + ": not found: the embedded sample stands in for it"
		for _, l := range slices.Backward(locations) {
			if l.Path != "" {
				line = fmt.Sprintf("%s: %s (%s)", name, l.Path, l.Format)
			}
		}
		lines = append(lines, line)
	}
	return lines
}
