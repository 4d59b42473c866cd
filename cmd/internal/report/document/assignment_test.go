package document

import (
	"errors"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/tfmodels"
)

// The networks, by their names in the assignment's text.
const (
	linear  = "mnist-mlp-linear"
	relu    = "mnist-mlp-relu"
	cnn     = "mnist-cnn"
	dropout = "mnist-cnn-dropout"
	cifar   = "cifar10-cnn"
)

// wanted lists, from the assignment's text, for each question its points, its networks,
// whether the reader answers in words, and what its section must contain.
var wanted = []struct {
	number, points int
	networks       []string
	words          bool
	has            []string
}{
	{1, 3, nil, true, nil},
	{2, 5, []string{linear}, false, []string{"s training", "41.41 %", "13.7"}},
	{3, 3, []string{linear}, false, []string{"history.png"}},
	{4, 5, []string{linear}, true, []string{"training accuracy 43.41 %", "validation accuracy 53.51 %", "Figure"}},
	{5, 2, []string{linear}, false, []string{"87.65 %", "0.7654"}},
	{6, 5, []string{linear}, true, []string{"87.65 %", "most frequent mistakes", "confusion.png", "mistakes.png"}},
	{7, 5, []string{linear}, true, []string{"two layers"}},
	{8, 2, []string{relu}, false, []string{"history.png"}},
	{9, 5, []string{linear, relu}, true, []string{"validation.png", "gap.png", "accuracy gap", "Figure"}},
	{10, 2, []string{cnn}, false, []string{"history.png"}},
	{11, 5, []string{relu, cnn}, true, []string{"validation.png", "gap.png", "accuracy gap"}},
	{12, 2, []string{cnn}, false, []string{"87.65 %", "0.7654"}},
	{13, 5, []string{cnn}, true, []string{"87.65 %", "most frequent mistakes", "confusion.png"}},
	{14, 3, []string{cnn, dropout}, true, []string{"history.png", "validation.png", "s per epoch", "accuracy gap"}},
	{15, 3, []string{cnn, dropout}, true, []string{"training accuracy", "87.65 %", "Figure", "Question 14"}},
	{16, 6, []string{cifar}, false, []string{"func CIFAR10CNN()", "624,106"}},
	{17, 2, []string{cifar}, false, []string{"history.png"}},
	{18, 5, []string{cnn, cifar}, true, []string{"validation.png", "accuracy gap", "Figure"}},
	{19, 4, []string{cnn, cifar}, true, []string{"s per epoch", "multiply-adds", "cost.png"}},
	{20, 5, nil, false, []string{"func Conv2D(", "func patches("}},
	{21, 2, nil, false, []string{"func ReLU("}},
	{22, 3, nil, false, []string{"func MaxPool("}},
	{23, 2, nil, false, []string{"func Normalize("}},
	{24, 5, nil, false, []string{"func FullyConnected("}},
	{25, 2, nil, false, []string{"func Softmax("}},
	{26, 5, nil, false, []string{"func Conv2DBackprop(", "func random(", "func convolutionLayer(", "Question 20"}},
	{27, 5, nil, false, []string{"func newGraph(", "func (n *Network) Accuracy(", "90.12 %", "12.34 %"}},
	{28, 5, nil, false, []string{"accuracy.png", "12.34 % to 90.12 % in 2 cycles"}},
}

// wholeLab writes every run of a lab.
func wholeLab(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, n := range tfmodels.Assigned() {
		test(t, leave(t, dir, n.Name(), history(3), runfolder.Done), "a", "b")
	}
	folder := filepath.Join(dir, LowLevelFolder)
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "accuracy.csv"), []byte("cycle,accuracy\n0,0.1234\n1,0.5\n2,0.9012\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// sections returns the text of each question's section in report.md.
func sections(t *testing.T, text string) map[int]string {
	t.Helper()
	heads := regexp.MustCompile(`(?m)^#{1,4} (?:Question (\d+)$)?`)
	at := heads.FindAllStringSubmatchIndex(text, -1)
	found := map[int]string{}
	for i, m := range at {
		if m[2] < 0 {
			continue
		}
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		var n int
		if _, err := fmt.Sscan(text[m[2]:m[3]], &n); err != nil {
			t.Fatal(err)
		}
		found[n] = text[m[0]:end]
	}
	return found
}

func TestEachQuestionHasWhatItAsksFor(t *testing.T) {
	if testing.Short() {
		t.Skip("too long for a short run: leave out -short")
	}
	page, text := written(t, wholeLab(t))
	all := sections(t, text)
	if len(all) != len(wanted) {
		t.Fatalf("%d questions, want %d", len(all), len(wanted))
	}
	// The longest name first: mnist-cnn is a prefix of mnist-cnn-dropout.
	names := regexp.MustCompile(`mnist-mlp-linear|mnist-mlp-relu|mnist-cnn-dropout|mnist-cnn|cifar10-cnn`)
	last := 0
	for _, w := range wanted {
		section := all[w.number]
		if at := strings.Index(page, fmt.Sprintf(`<h4 id="question-%d">Question %d <span class="soft">%d `, w.number, w.number, w.points)); at < last {
			t.Errorf("question %d is missing, out of order, or not worth %d points", w.number, w.points)
		} else {
			last = at
		}
		for _, h := range w.has {
			if !strings.Contains(section, h) {
				t.Errorf("question %d does not have %q:\n%s", w.number, h, section)
			}
		}
		if got := strings.Contains(section, "Your answer:"); got != w.words {
			t.Errorf("question %d has a place for words: %v, want %v", w.number, got, w.words)
		}
		if !strings.Contains(text, fmt.Sprintf("\n- Question %d: ", w.number)) {
			t.Errorf("the list of answers lacks question %d", w.number)
		}
		prose := regexp.MustCompile("(?s)```.*?```").ReplaceAllString(section, "")
		named := map[string]bool{}
		for _, n := range names.FindAllString(prose, -1) {
			named[n] = true
			if !slices.Contains(w.networks, n) {
				t.Errorf("question %d names %s, which it does not ask about", w.number, n)
			}
		}
		for _, n := range w.networks {
			if !named[n] && w.number != 16 { // the answer to question 16 is code
				t.Errorf("question %d does not name %s", w.number, n)
			}
		}
	}
}

// statesOf returns the states of the answers by question number.
func statesOf(t *testing.T, dir string) map[int]string {
	t.Helper()
	d, err := compose(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[int]string{}
	for _, b := range d.Blocks {
		if s, ok := b.(states); ok {
			for _, q := range s.All {
				found[q.Number] = q.State
			}
		}
	}
	return found
}

func TestMissingRunsTurnTheirQuestionsToNotRun(t *testing.T) {
	whole := wholeLab(t)
	got := statesOf(t, whole)
	for _, w := range wanted {
		want := measured
		switch {
		case w.words:
			want = discussed
		case w.number == 16 || w.number >= 20 && w.number <= 26:
			want = codeShown
		}
		if got := got[w.number]; got != want {
			t.Errorf("question %d of a whole lab is %q, want %q", w.number, got, want)
		}
	}
	for _, part := range []string{linear, relu, cnn, dropout, cifar, LowLevelFolder} {
		dir := wholeLab(t)
		if err := os.RemoveAll(filepath.Join(dir, part)); err != nil {
			t.Fatal(err)
		}
		got := statesOf(t, dir)
		for _, w := range wanted {
			concerned := slices.Contains(w.networks, part) && w.number != 16 || part == LowLevelFolder && w.number >= 27
			if got := got[w.number] == notRun; got != concerned {
				t.Errorf("without %s question %d is not run: %v, want %v", part, w.number, got, concerned)
			}
		}
	}
}

func TestRemarksOnTheRecipes(t *testing.T) {
	d, err := compose(wholeLab(t))
	if err != nil {
		t.Fatal(err)
	}
	var page, text strings.Builder
	if err := errors.Join(d.html(&page), d.markdown(&text)); err != nil {
		t.Fatal(err)
	}
	wantBoth(t, html.UnescapeString(page.String()), text.String(), "a random 20 % of the training set", "Keras 2 has 1", "The answers to Questions 10 to 15 depend on that")
}
