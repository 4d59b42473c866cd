package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tflab/tflab/cmd/internal/report/document"
)

// Exercise three in a lab. Its network is pooled, which is faster and a little
// more accurate.
const (
	lowLevelCycles = "100"
	shownCycles    = "10"
	lowLevelWork   = 1.6e12 // takes about the time of so many multiply-adds of the other networks
)

func (l *lab) lowLevelDone() bool {
	_, err := os.Stat(filepath.Join(l.out, document.LowLevelFolder))
	return err == nil
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
