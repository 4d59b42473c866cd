package benchmark

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestReadRun(t *testing.T) {
	const timing = `{"startup_seconds": 0.5, "total_seconds": 7, "peak_rss_bytes": 1024}`
	for _, tt := range []struct{ name, history, timing, fails string }{
		{"whole", `{"epoch": [0, 1], "train_seconds": [4, 2], "test": {"loss": 1}}`, timing, ""},
		{"one epoch", `{"train_seconds": [4]}`, timing, "1 epochs with train_seconds: want 2 or more"},
		{"no times", `{"loss": [4, 2]}`, timing, "0 epochs"},
		{"damaged", `{"train_seconds": [4,`, timing, "history.json"},
		{"no history", "", timing, "history.json"},
		{"no timing", `{"train_seconds": [4, 2]}`, "", "timing.json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range map[string]string{"history.json": tt.history, "timing.json": tt.timing} {
				if text == "" {
					continue
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got, err := ReadRun(dir, 8, 9)
			if tt.fails != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fails) {
					t.Errorf("error %v, want one with %q", err, tt.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := (&Run{Steps: []float64{.5, .25}, Startup: .5, Total: 9, Peak: 1024}); !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}
