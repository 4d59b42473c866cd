package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/tfmodels"
)

func labCommand() *cli.Command {
	flags := append(dataFlags(), seedFlag(),
		&cli.StringFlag{Name: "only", Usage: "train the networks `NAME,...` only"},
		&cli.IntFlag{Name: "epochs", Usage: "train each for `N` epochs (default: the recipe's)"},
		&cli.IntFlag{Name: "limit", Usage: "train on the first `N` training examples only"},
		&cli.StringFlag{Name: "out", Usage: "leave a folder for each network in `DIR` (default: runs/lab-TIME)"},
		verboseFlag())
	return &cli.Command{
		Name:      "lab",
		Usage:     "train all networks of the lab, one after another",
		ArgsUsage: "[flags]",
		Flags:     append(flags, deviceFlags()...),
		Action:    lab,
	}
}

func lab(c *cli.Context) error {
	if _, err := operands(c); err != nil {
		return err
	}
	networks, err := labNetworks(c.String("only"))
	if err != nil {
		return err
	}
	out := c.String("out")
	if out == "" {
		out = filepath.Join("runs", "lab-"+time.Now().Format("20060102-150405"))
	}
	con := consoleOf(c)
	var done []*training
	for i, n := range networks {
		s, err := settingsOf(c, n)
		if err != nil {
			return err
		}
		s.out = filepath.Join(out, n.Name())
		fmt.Fprintf(con.err, "network %d of %d: %s\n", i+1, len(networks), n.Name())
		t := &training{con: con, settings: s, network: n}
		if err := t.run(c.Context); err != nil {
			return fmt.Errorf("lab: %s: %w", n.Name(), err)
		}
		done = append(done, t)
	}
	fmt.Fprintln(con.out, closingTable(done))
	return nil
}

// labNetworks are the networks of a comma-separated list, or all.
func labNetworks(only string) ([]tfmodels.Network, error) {
	all := tfmodels.Catalogue()
	if only == "" {
		return all, nil
	}
	names := strings.Split(only, ",")
	for _, name := range names {
		if _, err := tfmodels.Lookup(name); err != nil {
			return nil, usageError{fmt.Errorf("lab: --only: %w", err)}
		}
	}
	return slices.DeleteFunc(all, func(n tfmodels.Network) bool { return !slices.Contains(names, n.Name()) }), nil
}

// closingTable is what each network reached.
func closingTable(done []*training) string {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(table.Row{"network", "data", "epochs", "test loss", "test accuracy", "s/epoch", "run"})
	for _, d := range done {
		data := d.data.Name
		if d.data.Sample {
			data = "embedded sample"
		}
		seconds := 0.0
		for _, e := range d.history.Epochs {
			seconds += e.Duration
		}
		t.AppendRow(table.Row{d.network.Name(), data, len(d.history.Epochs), fmt.Sprintf("%.4f", d.history.Test.Loss),
			fmt.Sprintf("%.2f %%", 100*d.history.Test.Accuracy), fmt.Sprintf("%.1f", seconds/float64(len(d.history.Epochs))), d.folder.Dir()})
	}
	return t.Render()
}
