package document

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/tflab/tflab/cmd/internal/report"
)

// block is a part of the report. The templates format it according to Kind.
type block interface{ Kind() string }

type heading struct {
	Level int    // 2 to 4; 1 is the title
	ID    string // link target
	Text  string
}

type paragraph struct{ Text string }

// note is a highlighted paragraph.
type note struct{ Text string }

// table is rows below a head. Words means that the cells are texts that may span
// several lines.
type table struct {
	Caption string
	Head    []string
	Rows    [][]string
	Words   bool
}

// Left reports whether a column holds words, which are aligned left, and not numbers,
// which are aligned right.
func (t table) Left(column int) bool {
	for _, row := range t.Rows {
		for _, r := range row[column] {
			if unicode.IsLetter(r) {
				return !strings.HasPrefix(row[column], "+") && row[column] != "NaN"
			}
			if unicode.IsDigit(r) {
				break
			}
		}
	}
	return column == 0
}

// figure is a picture that the report draws, or one that a run has drawn.
type figure struct {
	Number  int    // number in the report, from 1
	File    string // file name relative to report.md
	Caption string
	Alt     string // description in words and numbers
	Width   int    // in CSS pixels
	PNG     []byte // nil until encode
	picture report.Picture
}

// ID returns the link target of the figure.
func (f figure) ID() string { return fmt.Sprintf("figure-%d", f.Number) }

// figures are placed side by side where they fit.
type figures struct{ All []*figure }

type code struct{ Title, Text string }

// reference is a link to another place in the report.
type reference struct{ Text, ID string }

// factList is a list of sentences about measurements.
type factList struct{ All []string }

// question is a question of the assignment with its answer and, if the reader is to
// answer in words, space for the text.
type question struct {
	Number, Points int
	Bonus          bool
	Asks           string
	Blocks         []block
	Discussed      bool
	State          string
}

// ID returns the link target of the question.
func (q question) ID() string { return fmt.Sprintf("question-%d", q.Number) }

// Worth returns the question's points in words.
func (q question) Worth() string {
	if q.Bonus {
		return fmt.Sprintf("%d bonus points", q.Points)
	}
	return fmt.Sprintf("%d points", q.Points)
}

// contents are links to the headings of levels 2 and 3.
type contents struct{ All []heading }

// states lists the questions with the state of each answer.
type states struct{ All []question }

func (heading) Kind() string   { return "heading" }
func (paragraph) Kind() string { return "paragraph" }
func (note) Kind() string      { return "note" }
func (table) Kind() string     { return "table" }
func (figures) Kind() string   { return "figures" }
func (code) Kind() string      { return "code" }
func (question) Kind() string  { return "question" }
func (reference) Kind() string { return "reference" }
func (factList) Kind() string  { return "facts" }
func (contents) Kind() string  { return "contents" }
func (states) Kind() string    { return "states" }

// Picture is a picture with its file name without extension, a caption, and a
// description in words and numbers.
type Picture struct {
	report.Picture
	Name    string
	Caption string
	Alt     string // if empty, the caption
}
