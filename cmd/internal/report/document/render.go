package document

import (
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	plain "text/template"
)

//go:embed report.html.tmpl
var htmlTemplate string

//go:embed report.md.tmpl
var markdownTemplate string

func (d *document) html(w io.Writer) error {
	t, err := template.New("report").Funcs(template.FuncMap{"data": dataURI}).Parse(htmlTemplate)
	if err != nil {
		return err
	}
	return t.Execute(w, d)
}

func (d *document) markdown(w io.Writer) error {
	t, err := plain.New("report").Funcs(plain.FuncMap{"cell": cell, "hashes": func(n int) string { return strings.Repeat("#", n) }}).Parse(markdownTemplate)
	if err != nil {
		return err
	}
	return t.Execute(w, d)
}

// dataURI encodes a picture as a data URI.
func dataURI(png []byte) template.URL {
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png))
}

// cell escapes a text for a cell of a Markdown table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "*", `\*`, "_", `\_`, "<", "&lt;").Replace(s)
}
