package main

import (
	"io"
	"slices"
	"strings"
	"testing"
)

func TestFlagsFirst(t *testing.T) {
	tests := []struct{ given, want string }{
		{"tflab", "tflab"},
		{"tflab --version", "tflab --version"},
		{"tflab nothing --epochs 1", "tflab nothing --epochs 1"},
		{"tflab train", "tflab train"},
		{"tflab train mnist-cnn", "tflab train -- mnist-cnn"},
		{"tflab train mnist-cnn --epochs 1", "tflab train --epochs 1 -- mnist-cnn"},
		{"tflab train --epochs 1 mnist-cnn", "tflab train --epochs 1 -- mnist-cnn"},
		{"tflab train --epochs=1 mnist-cnn --no-dropout a", "tflab train --epochs=1 --no-dropout -- mnist-cnn a"},
		{"tflab train -epochs 1 mnist-cnn", "tflab train -epochs 1 -- mnist-cnn"},
		{"tflab train mnist-cnn --shuffle=false --seed -5", "tflab train --shuffle=false --seed -5 -- mnist-cnn"},
		{"tflab train --no-dropout mnist-cnn --tf-log", "tflab train --no-dropout --tf-log -- mnist-cnn"},
		{"tflab train mnist-cnn --nonsense 1", "tflab train --nonsense -- mnist-cnn 1"},
		{"tflab train -- mnist-cnn --epochs 1", "tflab train -- mnist-cnn --epochs 1"},
		{"tflab train mnist-cnn -", "tflab train -- mnist-cnn -"},
		{"tflab train --help mnist-cnn", "tflab train --help -- mnist-cnn"},
		// The value is missing: the next argument must not be used instead.
		{"tflab train mnist-cnn --out", "tflab train --out"},
		{"tflab train mnist-cnn --limit 5 --epochs", "tflab train --limit 5 --epochs"},
		{"tflab data list mnist --data x", "tflab data list --data x -- mnist"},
		{"tflab data mnist", "tflab data -- mnist"},
	}
	commands := newApp(io.Discard, io.Discard).Commands
	for _, tt := range tests {
		given := strings.Fields(tt.given)
		got := flagsFirst(commands, slices.Clone(given))
		if want := strings.Fields(tt.want); !slices.Equal(got, want) {
			t.Errorf("%s: got %s, want %s", tt.given, strings.Join(got, " "), tt.want)
		}
	}
	if got := flagsFirst(commands, nil); len(got) != 0 {
		t.Errorf("nothing: got %v", got)
	}
}
