package fit

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// countdown is a context that ends after it has been checked a number of times. It
// cancels a run at places that no callback sees, such as within a validation.
type countdown struct {
	context.Context
	looks int
}

func (c *countdown) Err() error {
	if c.looks == 0 {
		return context.Canceled
	}
	c.looks--
	return nil
}

func TestCancelledAnywhere(t *testing.T) {
	want := uninterrupted(t)
	// An epoch checks the context ten times: before each of eight steps, and twice
	// during validation.
	const looks, stride = 40, 3
	for n := 1; n < looks; n += stride {
		l := newLesson(t)
		if _, err := l.begin(&countdown{t.Context(), n}, t); !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d looks: %v, want that it was cancelled", n, err)
		}
		got, warnings, err := l.resume(t.Context(), t)
		if err != nil || warnings != nil {
			t.Fatalf("after %d looks: %v, warnings %q", n, err, warnings)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after %d looks: (- uninterrupted, + resumed)\n%s", n, diff)
		}
	}
	if _, err := newLesson(t).begin(&countdown{t.Context(), looks}, t); err != nil {
		t.Errorf("a run looks more than %d times: %v", looks, err)
	}
}
