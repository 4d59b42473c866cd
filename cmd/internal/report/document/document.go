package document

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/renameio/v2"

	"github.com/tflab/tflab/tfmodels"
)

// The files of the report, in the lab's folder.
const (
	HTMLFile       = "report.html"
	MarkdownFile   = "report.md"
	PicturesFolder = "pictures"
	LowLevelFolder = "lowlevel" // what exercise three left
)

// Write makes the report of a lab's folder, in which each network's run has a
// folder of the network's name. It returns an error only where the report cannot
// be made or written; what is wrong with a run stands in the report.
func Write(dir string) error {
	d, err := compose(dir)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	var page, text bytes.Buffer
	if err := d.html(&page); err != nil {
		return fmt.Errorf("report: %s: %w", HTMLFile, err)
	}
	if err := d.markdown(&text); err != nil {
		return fmt.Errorf("report: %s: %w", MarkdownFile, err)
	}
	return d.save(dir, page.Bytes(), text.Bytes())
}

// document is the report as the templates see it.
type document struct {
	Title    string
	Subtitle string
	Blocks   []block
}

func (d *document) add(blocks ...block) { d.Blocks = append(d.Blocks, blocks...) }

// save writes the pictures first, so that report.md never shows one that is not
// there.
func (d *document) save(dir string, page, text []byte) error {
	if err := os.MkdirAll(filepath.Join(dir, PicturesFolder), 0o755); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	for _, b := range d.Blocks {
		row, _ := b.(figures)
		for _, f := range row.All {
			if err := renameio.WriteFile(filepath.Join(dir, filepath.FromSlash(f.File)), f.PNG, 0o644); err != nil {
				return fmt.Errorf("report: %w", err)
			}
		}
	}
	if err := renameio.WriteFile(filepath.Join(dir, MarkdownFile), text, 0o644); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := renameio.WriteFile(filepath.Join(dir, HTMLFile), page, 0o644); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// lab is what a lab's folder holds: the runs in the order of the assignment,
// and what is to be said of the others.
type lab struct {
	runs    []*Run
	absent  map[string]string // by the network's name
	cycles  *lowLevel
	problem string // with the cycles
}

func open(dir string) *lab {
	l := &lab{absent: map[string]string{}}
	for _, n := range tfmodels.Assigned() {
		folder := filepath.Join(dir, n.Name())
		if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
			l.absent[n.Name()] = "Not part of this report: it was not trained."
			continue
		}
		r, err := OpenRun(folder, n.Name())
		if err != nil {
			l.absent[n.Name()] = "Not part of this report: its run cannot be read: " + strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "") + "."
			continue
		}
		l.runs = append(l.runs, r)
	}
	l.cycles, l.problem = openLowLevel(filepath.Join(dir, LowLevelFolder))
	return l
}

func (l *lab) run(name string) *Run {
	for _, r := range l.runs {
		if r.Name == name {
			return r
		}
	}
	return nil
}

func compose(dir string) (*document, error) {
	l := open(dir)
	d := &document{Title: "Image recognition using deep networks", Subtitle: l.subtitle()}
	d.add(l.overview()...)
	at := len(d.Blocks)
	exercises, begun := map[int]string{1: "Exercise one: digits of MNIST", 2: "Exercise two: colour images of CIFAR-10"}, 0
	for _, n := range tfmodels.Assigned() {
		if e := n.Assignment.Exercise; e != begun {
			d.add(heading{2, fmt.Sprintf("exercise-%d", e), exercises[e], ""})
			begun = e
		}
		blocks, err := l.network(n.Name())
		if err != nil {
			return nil, err
		}
		d.add(blocks...)
	}
	together, err := l.together()
	if err != nil {
		return nil, err
	}
	d.add(together...)
	exercise, err := l.exerciseThree()
	if err != nil {
		return nil, err
	}
	d.add(exercise...)
	d.add(l.questions()...)
	d.add(l.repetition()...)
	source, err := sources()
	if err != nil {
		return nil, err
	}
	d.add(heading{2, "source", "Source", ""})
	d.add(source...)
	d.Blocks = slices.Insert(d.Blocks, at, block(d.contents()))
	return d, nil
}

func (d *document) contents() contents {
	var c contents
	for _, b := range d.Blocks {
		if h, ok := b.(heading); ok {
			c.All = append(c.All, h)
		}
	}
	return c
}
