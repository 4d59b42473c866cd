package document

import "testing"

func TestServeLine(t *testing.T) {
	for dir, want := range map[string]string{
		"runs/lab/mnist-cnn": "tflab serve runs/lab/mnist-cnn",
		"my runs/it's one":   `tflab serve 'my runs/it'\''s one'`,
	} {
		if got := (&Run{dir: dir}).serveLine(); got != want {
			t.Errorf("%s: %s, want %s", dir, got, want)
		}
	}
}
