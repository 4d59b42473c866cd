package serving_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/tflab/tflab/graphs/serving"
)

func TestFoldersThatAreNoSavedModel(t *testing.T) {
	empty := t.TempDir()
	_, err := serving.Load(empty, serving.Options{})
	wantError(t, err, "is not a SavedModel", "saved_model.pb")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
	for _, cut := range []string{"saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"} {
		for _, part := range []float64{0, 0.5, 0.97} {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Join(models, "keras"))); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, cut)
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(path, int64(float64(info.Size())*part)); err != nil {
				t.Fatal(err)
			}
			m, err := serving.Load(dir, serving.Options{})
			if err == nil {
				m.Close()
			}
			wantError(t, err, "serving: ", "export")
		}
	}
}

func TestDamagedVariables(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(models, "keras"))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "variables/variables.data-00000-of-00001")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw[40] ^= 0x10
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = serving.Load(dir, serving.Options{})
	wantError(t, err, "damaged", "export the model again")
	if err := os.RemoveAll(filepath.Join(dir, "variables")); err != nil {
		t.Fatal(err)
	}
	m, err := serving.Load(dir, serving.Options{})
	if err == nil { // TensorFlow treats it as a model without variables
		defer m.Close()
		_, err = m.Classify(t.Context(), serving.ClassifierOptions{})
	}
	wantError(t, err, "variables are missing")
}

func TestUnknownOperation(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(models, "keras"))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "saved_model.pb")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw = bytes.ReplaceAll(raw, []byte("Softmax"), []byte("Zoftmax"))
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = serving.Load(dir, serving.Options{})
	wantError(t, err, `the operation "Zoftmax"`, "does not have")
}

func TestVersions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "digits")
	for _, v := range []string{"2", "10", "11", "notes"} {
		if err := os.MkdirAll(filepath.Join(dir, v), 0o755); err != nil {
			t.Fatal(err)
		}
		if v == "11" { // still being copied
			continue
		}
		if err := os.CopyFS(filepath.Join(dir, v), os.DirFS(filepath.Join(models, "keras"))); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]serving.Location{
		dir:                     {Dir: filepath.Join(dir, "10"), Name: "digits", Version: 10},
		filepath.Join(dir, "2"): {Dir: filepath.Join(dir, "2"), Name: "digits", Version: 2},
	} {
		if got, err := serving.Locate(path); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", path, got, err, want)
		}
	}
}
