package comparison

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	plain "text/template"

	"github.com/google/renameio/v2"

	"github.com/tflab/tflab/cmd/internal/report"
)

// The files of a comparison. The Markdown refers to pictures in the same folder.
const (
	HTMLFile     = "comparison.html"
	MarkdownFile = "comparison.md"
	JSONFile     = "comparison.json"
)

// Write writes the comparison to a folder: a page in two formats, and the numbers.
func (r *Result) Write(dir string) error { return write(dir, r.page(), r) }

// Write writes the comparison to a folder: a page in two formats, and the numbers.
func (s *Spread) Write(dir string) error { return write(dir, s.page(), s) }

// page is a comparison as passed to the templates.
type page struct {
	Title, Verdict string
	Same           bool
	Notes          []string
	Tables         []table
	Pictures       []*picture
}

// table has words in its first column and numbers in the others.
type table struct {
	Heading, Caption string
	Head             []string
	Rows             [][]string
	After            string // a paragraph
}

type picture struct {
	report.Picture
	File, Caption string
	PNG           []byte
}

//go:embed page.html.tmpl
var htmlTemplate string

//go:embed page.md.tmpl
var markdownTemplate string

// write writes the pictures first, so that the page never refers to a missing one. Each
// file is replaced atomically.
func write(dir string, p page, numbers any) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("comparison: %w", err)
	}
	files, err := p.files(numbers)
	if err != nil {
		return fmt.Errorf("comparison: %w", err)
	}
	for _, f := range files {
		if err := renameio.WriteFile(filepath.Join(dir, f.name), f.data, 0o644); err != nil {
			return fmt.Errorf("comparison: %w", err)
		}
	}
	return nil
}

type file struct {
	name string
	data []byte
}

func (p page) files(numbers any) ([]file, error) {
	var all []file
	for _, picture := range p.Pictures {
		var data bytes.Buffer
		if err := picture.Encode(&data, "png"); err != nil {
			return nil, err
		}
		picture.PNG = data.Bytes()
		all = append(all, file{picture.File, picture.PNG})
	}
	var text, html bytes.Buffer
	markdown, err := plain.New(MarkdownFile).Funcs(plain.FuncMap{"cell": cell}).Parse(markdownTemplate)
	if err != nil {
		return nil, err
	}
	if err := markdown.Execute(&text, p); err != nil {
		return nil, err
	}
	web, err := template.New(HTMLFile).Funcs(template.FuncMap{"data": dataURI}).Parse(htmlTemplate)
	if err != nil {
		return nil, err
	}
	if err := web.Execute(&html, p); err != nil {
		return nil, err
	}
	raw, err := json.MarshalIndent(numbers, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(all, file{MarkdownFile, text.Bytes()}, file{HTMLFile, html.Bytes()}, file{JSONFile, append(raw, '\n')}), nil
}

// cell escapes a text for Markdown tables and HTML.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace(s)
}

func dataURI(png []byte) template.URL {
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png))
}

// Width returns the width in CSS pixels.
func (p *picture) Width() int {
	width, _ := p.Size()
	return width
}
