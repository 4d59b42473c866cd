package comparison

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tflab/tflab/graphs/npy"
)

func TestWrite(t *testing.T) {
	b := with(map[string]any{"loss": []any{1.5, nil}})
	b.predictions = npy.New([]int{3, 2}, []float32{0.25, 0.75, 0.5, 0.5, 0.125, 0.875})
	r := compare(t, measured(), b)
	r.Title, r.Notes = "<script>: a | b", []string{"Said by the caller."}
	dir := filepath.Join(t.TempDir(), "new", "folder")
	if err := r.Write(dir); err != nil {
		t.Fatal(err)
	}
	html, markdown := read(t, dir, HTMLFile), read(t, dir, MarkdownFile)
	if strings.Contains(html, "<script>") {
		t.Error("the title is not escaped")
	}
	if links := regexp.MustCompile(`(src|href)="[^"]*"`).FindAllString(html, -1); len(links) != 2 {
		t.Errorf("%d links, want two pictures", len(links))
	} else if !strings.HasPrefix(links[0], `src="data:image/png;base64,`) {
		t.Errorf("the page is not self-contained: %.60s", links[0])
	}
	for _, want := range []string{"They part at epoch 2: loss is 0.5 with Keras and NaN with tflab", "Said by the caller.", "Examples of another class, from 0: 0."} {
		for name, text := range map[string]string{HTMLFile: html, MarkdownFile: markdown} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
	for _, picture := range regexp.MustCompile(`\]\((.*?)\)`).FindAllStringSubmatch(markdown, -1) {
		if _, err := os.Stat(filepath.Join(dir, picture[1])); err != nil {
			t.Error(err)
		}
	}
	var got Result
	if err := json.Unmarshal([]byte(read(t, dir, JSONFile)), &got); err != nil {
		t.Fatal(err)
	}
	if got.Verdict != r.Verdict || got.Parting == nil || got.Parting.Epoch != 2 || got.Parting.Quantity != "loss" || got.Parting.A != 0.5 {
		t.Errorf("comparison.json parts at %+v: %s", got.Parting, got.Verdict)
	}
}

func TestWriteSpread(t *testing.T) {
	s, err := CompareSeeds("three seeds", seeds(t, "Keras", 0.4, 0.5, 0.6), seeds(t, "tflab", 0.5, 0.6, 0.7))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := s.Write(dir); err != nil {
		t.Fatal(err)
	}
	want := "| 2 | loss | 0.5000 ± 0.1000 | 0.6000 ± 0.1000 | 0.1000 | 0.2000 |"
	if text := read(t, dir, MarkdownFile); !strings.Contains(text, want) {
		t.Errorf("want a row %q in\n%s", want, text)
	}
	if html := read(t, dir, HTMLFile); !strings.Contains(html, `class="verdict same"`) {
		t.Error("the page does not show that the means agree")
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
