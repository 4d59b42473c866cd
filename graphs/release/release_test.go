package release

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	if err := Check(Loaded()); err != nil {
		t.Errorf("the library that this test is linked with: %v", err)
	}
	for _, version := range []string{"2.15.0", "2.15.1", "2.18.1", "2.18.1-rc0", "2.21.0", "2.21.3"} {
		if err := Check(version); err != nil {
			t.Errorf("%s: %v", version, err)
		}
	}
	for _, version := range []string{"2.14.1", "2.22.0", "2.180.0", "2.1.0", "1.15.5", "3.18.0", "2", "2.", ""} {
		err := Check(version)
		if err == nil {
			t.Errorf("%q: no error", version)
		} else if !strings.Contains(err.Error(), "version "+version) || !strings.Contains(err.Error(), "2.15 to 2.21") {
			t.Errorf("%q: %q does not name both versions", version, err)
		}
	}
}

// Everyone who runs go uses the settings of scripts/env, which knows the library that
// this test has loaded.
func TestBuiltFor(t *testing.T) {
	if got := BuiltFor(); got != Loaded() && got != "" {
		t.Errorf("built for %s, but %s is loaded", got, Loaded())
	}
}

func TestDifference(t *testing.T) {
	for _, same := range [][2]string{{"", "2.21.0"}, {"2.21.0", "2.21.0"}} {
		if got := Difference(same[0], same[1]); got != "" {
			t.Errorf("built for %q, %q is loaded: %q, want nothing", same[0], same[1], got)
		}
	}
	got := Difference("2.18.1", "2.18.0")
	for _, want := range []string{"2.18.1", "2.18.0", "make build"} {
		if !strings.Contains(got, want) || strings.Contains(got, "\n") {
			t.Errorf("%q lacks %q, or is not one line", got, want)
		}
	}
}
