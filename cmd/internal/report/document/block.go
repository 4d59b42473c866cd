package document

import (
	"strings"
	"unicode"

	"github.com/tflab/tflab/cmd/internal/report"
)

// block is a part of the report. The templates decide by Kind how it looks.
type block interface{ Kind() string }

type heading struct {
	Level     int    // 2 or 3; 1 is the title
	ID        string // to link to
	Text      string
	Questions string // of the lab that are answered below: "3, 8, 10, 17"
}

type paragraph struct{ Text string }

// note is a paragraph that must not be overlooked.
type note struct{ Text string }

// Asked is the questions in words.
func (h heading) Asked() string {
	switch {
	case h.Questions == "":
		return ""
	case strings.Contains(h.Questions, ","):
		return "questions " + h.Questions
	}
	return "question " + h.Questions
}

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
	File    string // its name beside report.md
	Caption string
	Width   int // in the pixels of a web page
	PNG     []byte
}

// figures stand beside each other where there is room.
type figures struct{ All []figure }

type code struct{ Title, Text string }

// question of the lab, with what was measured and a place for an answer.
type question struct {
	Number string
	Facts  []string
}

// contents are links to the headings of level 2 and 3.
type contents struct{ All []heading }

func (heading) Kind() string   { return "heading" }
func (paragraph) Kind() string { return "paragraph" }
func (note) Kind() string      { return "note" }
func (table) Kind() string     { return "table" }
func (figures) Kind() string   { return "figures" }
func (code) Kind() string      { return "code" }
func (question) Kind() string  { return "question" }
func (contents) Kind() string  { return "contents" }

// Picture is a picture with the name of its file, without extension, and a
// sentence about it.
type Picture struct {
	report.Picture
	Name    string
	Caption string
}
