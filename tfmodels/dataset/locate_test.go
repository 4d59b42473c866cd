package dataset

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestSearchOrder puts MNIST into all three places, and removes it again.
func TestSearchOrder(t *testing.T) {
	tflab := filepath.Join(emptyHome(t), "mnist")
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	given := t.TempDir()
	keras := filepath.Join(home, ".keras", "datasets")
	for _, dir := range []string{given, keras, tflab} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, content := range smallMNIST() {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, want := range []string{given, keras, tflab} {
		data, err := MNIST(given)
		if err != nil {
			t.Fatal(err)
		}
		if data.Source != want {
			t.Errorf("read from %s, want %s", data.Source, want)
		}
		for name := range smallMNIST() {
			if err := os.Remove(filepath.Join(want, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestLocate(t *testing.T) {
	emptyHome(t)
	given := writeFiles(t, inFolderNamed("cifar-10-batches-bin", smallCIFAR()))
	locations, err := Locate("cifar10", Options{Dir: given})
	if err != nil {
		t.Fatal(err)
	}
	if len(locations) != 3 {
		t.Fatalf("%d places, want 3: %v", len(locations), locations)
	}
	for i, owner := range []string{"given", "Keras", "tflab"} {
		if locations[i].Owner != owner || locations[i].Dataset != "cifar10" {
			t.Errorf("place %d: %+v, want %s's", i, locations[i], owner)
		}
	}
	found := locations[0]
	if found.Path != filepath.Join(given, "cifar-10-batches-bin") || found.Format != "binary batches" {
		t.Errorf("found %q as %q", found.Path, found.Format)
	}
	data, official, err := found.Check()
	if err != nil || official || data.Train.Len() != 5 {
		t.Errorf("checked: official %v, %v, want 5 images that nobody published", official, err)
	}
	if locations[1].Path != "" || locations[2].Path != "" {
		t.Errorf("found in empty caches: %+v", locations[1:])
	}
	if _, err := locations[1].Read(); err == nil {
		t.Error("read what was not found")
	}
}

// TestBrokenIsNotSkipped expects an error for an invalid data set, even if a later
// place has a valid one.
func TestBrokenIsNotSkipped(t *testing.T) {
	emptyHome(t)
	t.Setenv("KERAS_HOME", writeFiles(t, renamed(smallMNIST(), func(name string) string { return "datasets/" + name })))
	if data, err := MNIST(""); err != nil || data.Sample {
		t.Fatalf("Keras's copy is not read: %v", err)
	}
	given := writeFiles(t, map[string][]byte{"mnist.npz": []byte("<html>")})
	_, err := MNIST(given)
	wantError(t, err, filepath.Join(given, "mnist.npz"), "not an .npz file")
}

func TestGivenFolder(t *testing.T) {
	emptyHome(t)
	missing := filepath.Join(t.TempDir(), "missing")
	_, err := MNIST(missing)
	wantError(t, err, "data folder", missing, "no such file")
	_, err = MNIST("locate_test.go")
	wantError(t, err, "data folder locate_test.go", "is a file")
}

// TestRealData reads the full data sets if they are available.
func TestRealData(t *testing.T) {
	dir := os.Getenv("TFLAB_DATA")
	if dir == "" {
		t.Skip("TFLAB_DATA is not set: name a folder that holds MNIST and CIFAR-10 to read them")
	}
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			locations, err := Locate(name, Options{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			if locations[0].Path == "" {
				t.Skipf("%s holds no %s", dir, name)
			}
			data, official, err := locations[0].Check()
			if err != nil {
				t.Fatal(err)
			}
			if want := map[string]int{"mnist": 60000, "cifar10": 50000}[name]; data.Train.Len() != want || data.Test.Len() != 10000 {
				t.Errorf("%d + %d images, want %d + 10000", data.Train.Len(), data.Test.Len(), want)
			}
			if name == "mnist" && !official {
				t.Errorf("fingerprint %s, want %s", data.Fingerprint(), officialMNIST)
			}
			t.Logf("official %v, counts %v + %v", official, data.Train.Counts(), data.Test.Counts())
			sampleOf(t, data)
		})
	}
}

// sampleOf checks that the embedded sample has the first images of each class. For
// MNIST only, because the available CIFAR-10 may have another format and order.
func sampleOf(t *testing.T, data *Data) {
	t.Helper()
	if data.Name != "mnist" {
		return
	}
	sample, err := openSample("sample-mnist")
	if err != nil {
		t.Fatal(err)
	}
	taken, next := make([]int, 10), 0
	for i, label := range data.Train.Labels() {
		if taken[label]++; taken[label] > 1000 {
			continue
		}
		if sample.Train.Labels()[next] != label || !bytes.Equal(sample.Train.Image(next), data.Train.Image(i)) {
			t.Fatalf("example %d of the sample is not example %d of MNIST", next, i)
		}
		next++
	}
	if next != sample.Train.Len() {
		t.Errorf("the sample has %d examples, want %d", sample.Train.Len(), next)
	}
}
