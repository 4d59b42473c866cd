package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/google/renameio/v2"

	"github.com/tflab/tflab/cmd/internal/exercisethree"
	"github.com/tflab/tflab/cmd/internal/report/document"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// Exercise three in a lab. Its network uses pooling, which is faster and slightly more
// accurate.
const (
	lowLevelCycles = 100
	shownCycles    = 10
	lowLevelWork   = 1.6e12 // in multiply-adds of the other networks that take about the same time
)

// SettingsFile records the settings of exercise three, next to its results.
const SettingsFile = "settings.json"

// lowLevelSettings are the settings on which the results of exercise three depend.
type lowLevelSettings struct {
	Seed   int64  `json:"seed"`
	Data   string `json:"data"` // fingerprint of the data set
	Cycles string `json:"cycles"`
}

// planLowLevel determines whether exercise three is to be done.
func (l *lab) planLowLevel(ctx context.Context) (err error) {
	if !l.LowLevel {
		return nil
	}
	if l.data["mnist"] == nil {
		o := dataset.Options{Dir: l.Shared.DataDir, Warn: l.events.Warn}
		if l.Shared.Verbose > 0 {
			o.Progress = l.events.Progress
		}
		if l.data["mnist"], err = dataset.Open(ctx, "mnist", o); err != nil {
			return err
		}
	}
	folder := filepath.Join(l.Out, document.LowLevelFolder)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		l.clock.total += lowLevelWork
		return nil
	}
	raw, err := os.ReadFile(filepath.Join(folder, SettingsFile))
	if err != nil {
		return fmt.Errorf("%s cannot be compared with the exercise three asked for: %w; move the folder away, or give another --out", folder, err)
	}
	var was lowLevelSettings
	if err := json.Unmarshal(raw, &was); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(folder, SettingsFile), err)
	}
	if is := l.settings(); is != was {
		return fmt.Errorf("%s holds another exercise three: it has %+v: want %+v; give the flags it was started with, or another --out", folder, was, is)
	}
	l.clock.say("exercise three is done already")
	l.LowLevel = false
	return nil
}

func (l *lab) settings() lowLevelSettings {
	return lowLevelSettings{Seed: l.Shared.Seed, Data: l.data["mnist"].Fingerprint(), Cycles: strconv.Itoa(lowLevelCycles)}
}

// trainLowLevel trains the low-level network and draws its output for one digit. The
// folder gets its final name when it is complete: an interruption loses less than a
// minute's work, which is then repeated.
func (l *lab) trainLowLevel(ctx context.Context) error {
	l.clock.say("exercise three: the network of low-level functions%s", l.clock.left())
	out := filepath.Join(l.Out, document.LowLevelFolder)
	unfinished := out + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	progress := l.events.Progress
	if l.Shared.Verbose == 0 {
		progress = io.Discard
	}
	o := exercisethree.Options{Data: l.data["mnist"], Cycles: lowLevelCycles, CycleSize: exercisethree.CycleSize, Pool: true,
		Seed: uint64(l.Shared.Seed), TFLog: l.Shared.TFLog, Out: unfinished}
	if err := exercisethree.Train(ctx, o, progress, io.Discard); err != nil {
		return fmt.Errorf("exercise three: %w", err)
	}
	o.Cycles = shownCycles
	if err := exercisethree.Show(ctx, o, 0, io.Discard, io.Discard); err != nil {
		return fmt.Errorf("exercise three: %w", err)
	}
	raw, err := json.Marshal(l.settings())
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(filepath.Join(unfinished, SettingsFile), append(raw, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(unfinished, out)
}
