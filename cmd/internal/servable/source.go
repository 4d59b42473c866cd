package servable

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/tflab/tflab/cmd/internal/server"
	"github.com/tflab/tflab/graphs/serving"
)

// Source is a place from which a network can be loaded repeatedly.
type Source interface {
	// Name returns the name of the network in requests.
	Name() string
	// Load loads the network in its current state.
	Load(ctx context.Context) (server.Model, server.Description, error)
	// Stamp returns a string that changes when Load would load another state.
	Stamp() (string, error)
	// Whole reports whether a changed file is always complete, because it is renamed to
	// its place after it has been written.
	Whole() bool
}

// Watch makes a server use each new state of a source, until ctx ends. The first stamp
// is the one that the source had before it was loaded. If a state cannot be loaded,
// Watch reports the error, and the server continues with the present state.
func Watch(ctx context.Context, s *server.Server, from Source, stamp string, every time.Duration, report func(line string)) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	seen := stamp
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now, err := from.Stamp()
		if err != nil || now == stamp {
			continue // the file may be missing while it is being replaced
		}
		if now != seen && !from.Whole() { // files may still be being written: wait until they no longer change
			seen = now
			continue
		}
		stamp = now
		model, description, err := from.Load(ctx)
		if err != nil {
			if ctx.Err() == nil {
				report(fmt.Sprintf("warning: the new version cannot be loaded, and the earlier version stays in use: %v", err))
			}
			continue
		}
		s.Use(model, description)
		report(fmt.Sprintf("serving version %d of %s", description.Version, from.Name()))
	}
}

// savedModel is a SavedModel's folder, or a folder of versions.
type savedModel struct {
	dir     string
	options serving.Options
	name    string
}

// SavedModel returns the source of a SavedModel's folder.
func SavedModel(dir string, o serving.Options) (Source, error) {
	at, err := serving.Locate(dir)
	if err != nil {
		return nil, err
	}
	return &savedModel{dir: dir, options: o, name: at.Name}, nil
}

func (s *savedModel) Name() string { return s.name }

func (s *savedModel) Load(ctx context.Context) (server.Model, server.Description, error) {
	m, err := serving.Load(s.dir, s.options)
	if err != nil {
		return nil, server.Description{}, err
	}
	d := server.Description{Version: m.Version(), Labels: m.Classes(), Source: "SavedModel " + s.dir}
	// A network that does not classify images can be served, too.
	if c, err := m.Classify(ctx, serving.ClassifierOptions{}); err == nil {
		d.Image, d.Labels = c.InputShape(), c.Classes()
	}
	return m, d, nil
}

func (s *savedModel) Whole() bool { return false }

func (s *savedModel) Stamp() (string, error) {
	at, err := serving.Locate(s.dir)
	if err != nil {
		return "", err
	}
	var all string
	for _, name := range []string{"/saved_model.pb", "/saved_model.pbtxt", "/variables/variables.index"} {
		one, err := fileStamp(at.Dir + name)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		all += one + "\n"
	}
	return at.Dir + all, nil
}

// fileStamp returns a string that changes when a file is rewritten.
func fileStamp(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(path, info.Size(), info.ModTime().UnixNano()), nil
}

// versionOf returns the version number of a file of weights: its modification time in
// seconds, or last+1 if that is greater.
func versionOf(path string, last int64) int64 {
	written := int64(1)
	if info, err := os.Stat(path); err == nil {
		written = info.ModTime().Unix()
	}
	return cmp.Or(max(written, last+1), 1)
}
