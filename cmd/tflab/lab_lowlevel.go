package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"github.com/tflab/tflab/cmd/internal/report/document"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// Exercise three in a lab. Its network is pooled, which is faster and a little
// more accurate.
const (
	lowLevelCycles = "100"
	shownCycles    = "10"
	lowLevelWork   = 1.6e12 // takes about the time of so many multiply-adds of the other networks
)

// lowLevelFile, beside what exercise three left, holds a lowLevelSettings.
const lowLevelFile = "settings.json"

// lowLevelSettings are what exercise three depended on.
type lowLevelSettings struct {
	Seed   int64  `json:"seed"`
	Data   string `json:"data"` // fingerprint
	Cycles string `json:"cycles"`
}

// planLowLevel finds out whether exercise three is to be done.
func (l *lab) planLowLevel(ctx context.Context) (err error) {
	if !l.lowLevel {
		return nil
	}
	if l.data["mnist"] == nil {
		o := dataset.Options{Dir: l.cli.String("data"), Warn: l.con.warn}
		if l.con.verbose > 0 {
			o.Progress = l.con.err
		}
		if l.data["mnist"], err = dataset.Open(ctx, "mnist", o); err != nil {
			return err
		}
	}
	folder := filepath.Join(l.out, document.LowLevelFolder)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		l.clock.total += lowLevelWork
		return nil
	}
	raw, err := os.ReadFile(filepath.Join(folder, lowLevelFile))
	if err != nil {
		return fmt.Errorf("%s cannot be told from another exercise three: %w: move it away, or give another --out", folder, err)
	}
	var was lowLevelSettings
	if err := json.Unmarshal(raw, &was); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(folder, lowLevelFile), err)
	}
	if is := l.lowLevelSettings(); is != was {
		return fmt.Errorf("%s holds another exercise three: %+v is asked for, was %+v: give the flags it was started with, or another --out", folder, is, was)
	}
	l.clock.say("exercise three is done already")
	l.lowLevel = false
	return nil
}

func (l *lab) lowLevelSettings() lowLevelSettings {
	return lowLevelSettings{Seed: l.cli.Int64("seed"), Data: l.data["mnist"].Fingerprint(), Cycles: lowLevelCycles}
}

// trainLowLevel trains the low-level network and shows it at work on one digit.
// Its folder gets its name when all is in it: what an interruption leaves is
// less than a minute's work, and is done again.
func (l *lab) trainLowLevel(ctx context.Context) error {
	l.clock.say("exercise three: the network of low-level functions%s", l.clock.left())
	out := filepath.Join(l.out, document.LowLevelFolder)
	unfinished := out + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	progress := l.con.err
	if l.con.verbose == 0 {
		progress = io.Discard
	}
	if err := l.command(ctx, progress, unfinished, "train", lowLevelCycles); err != nil {
		return err
	}
	if err := l.command(ctx, io.Discard, unfinished, "show", shownCycles); err != nil {
		return err
	}
	raw, err := json.Marshal(l.lowLevelSettings())
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(filepath.Join(unfinished, lowLevelFile), append(raw, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(unfinished, out)
}

// command runs a subcommand of lowlevel, with the flags of the lab. Its
// warnings have been given before: it reads the same data.
func (l *lab) command(ctx context.Context, stdout io.Writer, out, name, cycles string) error {
	args := []string{"tflab", "lowlevel", name, "--pool", "--cycles", cycles, "--out", out, "--seed", fmt.Sprint(uint64(l.cli.Int64("seed")))}
	if dir := l.cli.String("data"); dir != "" {
		args = append(args, "--data", dir)
	}
	if l.con.tfLog {
		args = append(args, "--tf-log")
	}
	return newApp(stdout, io.Discard).RunContext(ctx, args)
}
