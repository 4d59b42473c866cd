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

// Source is where a network comes from, now and later.
type Source interface {
	// Name is what requests call the network.
	Name() string
	// Load loads the network as it is now.
	Load(ctx context.Context) (server.Model, server.Description, error)
	// Stamp differs when Load would load something else.
	Stamp() (string, error)
	// Whole says that what is there is whole, because it is renamed to its place
	// when it has been written.
	Whole() bool
}

// Watch has a server use each new state of a source, until ctx ends. It begins
// with the stamp that the source had before it was loaded. What cannot be loaded
// is reported, and the server goes on with what it has.
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
			continue // while files are replaced there may be none
		}
		if now != seen && !from.Whole() { // files are still being written, perhaps: wait until they rest
			seen = now
			continue
		}
		stamp = now
		model, description, err := from.Load(ctx)
		if err != nil {
			if ctx.Err() == nil {
				report(fmt.Sprintf("warning: what is new cannot be loaded, and the version before is served on: %v", err))
			}
			continue
		}
		s.Use(model, description)
		report(fmt.Sprintf("serving version %d of %s", description.Version, from.Name()))
	}
}

// savedModel is a SavedModel's folder, or one of versions.
type savedModel struct {
	dir     string
	options serving.Options
	name    string
}

// SavedModel is the source of a SavedModel's folder.
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
	// A network that is no classifier of images is served all the same.
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

// fileStamp differs when a file was written anew.
func fileStamp(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(path, info.Size(), info.ModTime().UnixNano()), nil
}

// versionOf is the number of the version that a file of weights is: the time at
// which it was written, in seconds, and more than the last one.
func versionOf(path string, last int64) int64 {
	written := int64(1)
	if info, err := os.Stat(path); err == nil {
		written = info.ModTime().Unix()
	}
	return cmp.Or(max(written, last+1), 1)
}
