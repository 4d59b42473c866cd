package document

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/tflab/tflab/cmd/internal/report"
)

// block is a part of the report. The templates decide by Kind how it looks.
type block interface{ Kind() string }

type heading struct {
	Level int    // 2 to 4; 1 is the title
	ID    string // to link to
	Text  string
}

type paragraph struct{ Text string }

// note is a paragraph that must not be overlooked.
type note struct{ Text string }

// table is rows under a head. Words says that its cells are texts, which may
// need several lines.
type table struct {
	Caption string
	Head    []string
	Rows    [][]string
	Words   bool
}

// Left says whether a column holds words, which stand to the left, and not
// numbers, which stand to the right.
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

// figure is a picture that the report draws, or one that a run left.
type figure struct {
	Number  int    // in the report, from 1
	File    string // its name beside report.md
	Caption string
	Alt     string // what the picture shows, in words and numbers
	Width   int    // in the pixels of a web page
	PNG     []byte // nil until encode
	picture report.Picture
}

// ID is what a reference links to.
func (f figure) ID() string { return fmt.Sprintf("figure-%d", f.Number) }

// figures stand beside each other where there is room.
type figures struct{ All []*figure }

type code struct{ Title, Text string }

// reference links to what stands elsewhere in the report.
type reference struct{ Text, ID string }

// factList is sentences of what was measured.
type factList struct{ All []string }

// question of the assignment, with what answers it and, where the answer is a text
// by the reader, a place for the text.
type question struct {
	Number, Points int
	Bonus          bool
	Asks           string
	Blocks         []block
	Discussed      bool
	State          string
}

// ID is what a reference links to.
func (q question) ID() string { return fmt.Sprintf("question-%d", q.Number) }

// Worth is the question's points in words.
func (q question) Worth() string {
	if q.Bonus {
		return fmt.Sprintf("%d bonus points", q.Points)
	}
	return fmt.Sprintf("%d points", q.Points)
}

// contents are links to the headings of level 2 and 3.
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

// Picture is a picture with the name of its file, without extension, a sentence
// about it, and what it shows in words and numbers.
type Picture struct {
	report.Picture
	Name    string
	Caption string
	Alt     string // empty: the caption
}
