package fit

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tflab/tflab/graphs"
)

// The positions at which Keras splits arrays.
func TestSplitAtFollowsKeras(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "reference", "splits.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		N     int
		Split float64
		Cut   int
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 50 {
		t.Fatalf("%d cases, want 50 or more", len(cases))
	}
	for _, c := range cases {
		if got := SplitAt(c.N, c.Split); got != c.Cut {
			t.Errorf("%d examples split by %g: cut at %d, want %d", c.N, c.Split, got, c.Cut)
		}
	}
}

// divide returns the split of a run without a program.
func divide(t *testing.T, examples graphs.Examples, c Config) *Run {
	t.Helper()
	r := &Run{config: c}
	r.split(examples)
	return r
}

func TestTheLastExamplesValidate(t *testing.T) {
	r := divide(t, shades(7), Config{ValidationSplit: 0.3, Seed: 1})
	if want := []int32{0, 1, 2, 3}; !slices.Equal(r.train, want) { // floor(7*0.7) = 4
		t.Errorf("training examples %v, want %v", r.train, want)
	}
	all := shades(7)
	if got, want := r.validation.Images(), all.images[4:]; !slices.Equal(got, want) {
		t.Errorf("validation images %v, want %v", got, want)
	}
	if got, want := r.validation.Labels(), all.labels[4:]; !slices.Equal(got, want) {
		t.Errorf("validation labels %v, want %v", got, want)
	}
}

func TestRandomExamplesValidate(t *testing.T) {
	all := shades(256)
	split := func(seed int64) (*Run, []byte) {
		r := divide(t, all, Config{ValidationSplit: 0.25, ValidationRandom: true, Seed: seed})
		together := slices.Clone(r.validation.Images())
		for _, i := range r.train {
			together = append(together, all.images[i])
		}
		slices.Sort(together)
		if !slices.IsSorted(r.train) {
			t.Errorf("seed %d: the examples to train on are not in their order", seed)
		}
		if len(r.train) != 192 || !slices.Equal(together, all.images) {
			t.Errorf("seed %d: %d examples to train on, and with the others not all there are", seed, len(r.train))
		}
		for i, shade := range r.validation.Images() {
			if label := r.validation.Labels()[i]; (label == 1) != (shade >= 128) {
				t.Errorf("seed %d: shade %d has label %d: images and labels are mixed up", seed, shade, label)
			}
		}
		return r, r.validation.Images()
	}
	_, first := split(1)
	if _, again := split(1); !slices.Equal(first, again) {
		t.Error("the same seed takes other examples")
	}
	if _, other := split(2); slices.Equal(first, other) {
		t.Error("another seed takes the same examples")
	}
	if slices.Equal(first, all.images[192:]) {
		t.Error("the last examples were taken, not random ones")
	}
	// 64 of 256 shades at random: their mean is 127.5 within 4 standard deviations.
	sum := 0.0
	for _, shade := range first {
		sum += float64(shade)
	}
	if mean := sum / 64; math.Abs(mean-127.5) > 4*74/8 {
		t.Errorf("mean shade %g: not a fair choice", mean)
	}
}

func TestOrder(t *testing.T) {
	orders := func(c Config) [3][]int32 {
		r := divide(t, shades(100), c)
		return [3][]int32{r.order(0), r.order(1), r.order(0)}
	}
	plain := make([]int32, 80)
	for i := range plain {
		plain[i] = int32(i)
	}
	shuffled := orders(Config{ValidationSplit: 0.2, Seed: 1})
	for _, o := range shuffled {
		if sorted := slices.Sorted(slices.Values(o)); !slices.Equal(sorted, plain) {
			t.Errorf("%v is no order of the first 80 examples", o)
		}
		if slices.Equal(o, plain) {
			t.Error("the examples are not shuffled")
		}
	}
	if slices.Equal(shuffled[0], shuffled[1]) {
		t.Error("two epochs have the same order")
	}
	if !slices.Equal(shuffled[0], shuffled[2]) {
		t.Error("an epoch does not repeat")
	}
	if other := orders(Config{ValidationSplit: 0.2, Seed: 2}); slices.Equal(shuffled[0], other[0]) {
		t.Error("two seeds have the same order")
	}
	for _, o := range orders(Config{ValidationSplit: 0.2, InOrder: true, Seed: 1}) {
		if !slices.Equal(o, plain) {
			t.Errorf("in order: got %v", o)
		}
	}
	given := [][]int32{Shuffled(80, 1, 0), Shuffled(80, 1, 1)}
	if told := orders(Config{ValidationSplit: 0.2, Seed: 2, Orders: given}); !slices.Equal(told[0], shuffled[0]) || !slices.Equal(told[1], shuffled[1]) {
		t.Error("the orders of seed 1, given, are not taken")
	}
}

func TestOrdersAreOfThoseThatTrain(t *testing.T) {
	const seed = 3
	random := divide(t, shades(10), Config{ValidationSplit: 0.3, ValidationRandom: true, Seed: seed, InOrder: true})
	reversed := divide(t, shades(10), Config{ValidationSplit: 0.3, ValidationRandom: true, Seed: seed, Orders: [][]int32{{6, 5, 4, 3, 2, 1, 0}}})
	want := slices.Clone(random.train)
	slices.Reverse(want)
	if got := reversed.order(0); !slices.Equal(got, want) {
		t.Errorf("%v reversed is %v, want %v", random.train, got, want)
	}
}

func TestConfigRefuses(t *testing.T) {
	good := Config{Epochs: 1, BatchSize: 2}
	with := func(change func(*Config)) Config {
		c := good
		change(&c)
		return c
	}
	tests := []struct {
		name   string
		config Config
		want   string
	}{
		{"no epochs", with(func(c *Config) { c.Epochs = 0 }), "0 epochs: want 1 or more"},
		{"negative epochs", with(func(c *Config) { c.Epochs = -1 }), "-1 epochs: want 1 or more"},
		{"empty batches", with(func(c *Config) { c.BatchSize = 0 }), "batch size 0: want 1 or more"},
		{"negative batches", with(func(c *Config) { c.BatchSize = -5 }), "batch size -5: want 1 or more"},
		{"negative split", with(func(c *Config) { c.ValidationSplit = -0.1 }), "validation split -0.1: want 0 to 1, 1 excluded"},
		{"a split of all", with(func(c *Config) { c.ValidationSplit = 1 }), "validation split 1: want 0 to 1, 1 excluded"},
		{"no number", with(func(c *Config) { c.ValidationSplit = math.NaN() }), "validation split NaN"},
		{"nothing left", with(func(c *Config) { c.ValidationSplit = 0.9 }), "4 examples with a validation split of 0.9 leave none to train on"},
		{"too few orders", with(func(c *Config) { c.Orders = [][]int32{} }), "orders of 0 epochs: want those of all 1"},
		{"a short order", with(func(c *Config) { c.Orders = [][]int32{{2, 1, 0}} }), "order of epoch 1: 3 examples: want all 4"},
		{"an order beyond the end", with(func(c *Config) { c.Orders = [][]int32{{4, 2, 1, 0}} }), "order of epoch 1: example 4"},
		{"an order that repeats", with(func(c *Config) { c.Orders = [][]int32{{3, 2, 2, 0}} }), "example 2 is out of range or occurs twice"},
		{"two validations", with(func(c *Config) { c.ValidationSplit = 0.5; c.Validation = shades(2) }), "both a validation set and a validation split"},
	}
	p := compile(t, still())
	for _, tt := range tests {
		h, err := Fit(t.Context(), p, shades(4), tt.config)
		if err == nil {
			t.Errorf("%s: no error, %d epochs", tt.name, len(h.Epochs))
		} else if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %q, want %q in it", tt.name, err, tt.want)
		}
	}
	if _, err := Fit(t.Context(), compile(t, nil), shades(4), good); err == nil || !strings.Contains(err.Error(), "without an optimizer") {
		t.Errorf("a program for inference: got %v", err)
	}
	if _, err := Fit(t.Context(), p, shades(0), good); err == nil {
		t.Error("no examples: no error")
	}
}
