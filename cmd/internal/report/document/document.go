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

// The files of the report in the lab's folder.
const (
	HTMLFile       = "report.html"
	MarkdownFile   = "report.md"
	PicturesFolder = "pictures"
	LowLevelFolder = "lowlevel" // results of exercise three
)

// Write writes the report of a lab's folder, in which the folder of each run is named
// after its network. It returns an error only if the report cannot be made or written;
// problems of a run are described in the report.
func Write(dir string) error {
	d, err := compose(dir)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := d.gallery.encode(); err != nil {
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

// Rewrite writes the report of an existing lab anew. A folder without a run of the
// assignment is an error and is not changed.
func Rewrite(dir string) error {
	if _, err := os.ReadDir(dir); err != nil {
		return fmt.Errorf("report: %w: want the folder of a lab, as 'tflab lab --out DIR' writes it", err)
	}
	if l := open(dir); len(l.runs) == 0 && l.cycles == nil {
		return fmt.Errorf("report: %s has no run of the assignment's networks: want the folder of a lab, as 'tflab lab --out DIR' writes it", dir)
	}
	return Write(dir)
}

// document is the report as passed to the templates.
type document struct {
	Title    string
	Subtitle string
	Blocks   []block
	gallery  gallery
}

func (d *document) add(blocks ...block) { d.Blocks = append(d.Blocks, blocks...) }

// save writes the pictures first, so that report.md never refers to a missing one.
func (d *document) save(dir string, page, text []byte) error {
	if err := os.MkdirAll(filepath.Join(dir, PicturesFolder), 0o755); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	for _, f := range d.gallery.figures {
		if err := renameio.WriteFile(filepath.Join(dir, filepath.FromSlash(f.File)), f.PNG, 0o644); err != nil {
			return fmt.Errorf("report: %w", err)
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

// lab is the content of a lab's folder: its runs, in the order of the assignment, and
// remarks on the missing ones.
type lab struct {
	runs    []*Run
	absent  map[string]string // remark by network name
	cycles  *lowLevel
	problem string // problem with the cycles
	gallery gallery
}

func open(dir string) *lab {
	l := &lab{absent: map[string]string{}}
	for _, n := range tfmodels.Assigned() {
		folder := filepath.Join(dir, n.Name())
		if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
			l.absent[n.Name()] = "not trained."
			continue
		}
		r, err := OpenRun(folder, n.Name())
		if err != nil {
			l.absent[n.Name()] = "its run cannot be read: " + strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "") + "."
			continue
		}
		r.openSeeds(dir)
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

// compose assembles the report: the state of each answer, the exercises with their
// questions, and an appendix with everything else from the runs.
func compose(dir string) (*document, error) {
	l := open(dir)
	d := &document{Title: "Image recognition using deep networks", Subtitle: l.subtitle()}
	d.add(l.overview()...)
	at := len(d.Blocks)
	var answers states
	exercise := 0
	for _, t := range assignment() {
		if t.exercise != exercise {
			exercise = t.exercise
			d.add(heading{2, fmt.Sprintf("exercise-%d", exercise), exercises[exercise]})
		}
		d.add(heading{3, fmt.Sprintf("topic-%d", t.questions[0].number), t.title})
		d.add(l.remarks(t)...)
		for _, q := range t.questions {
			section, err := l.answerTo(q)
			if err != nil {
				return nil, err
			}
			answers.All = append(answers.All, section)
			d.add(section)
		}
	}
	operations, err := primitives()
	if err != nil {
		return nil, err
	}
	d.add(l.appendix()...)
	d.add(operations...)
	d.add(l.repetition()...)
	d.gallery = l.gallery
	d.Blocks = slices.Insert(d.Blocks, at, block(answers), block(d.contents()))
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
