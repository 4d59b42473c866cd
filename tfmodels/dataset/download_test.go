package dataset

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// emptyHome redirects both caches to a new folder, and returns tflab's.
func emptyHome(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("KERAS_HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	dir, err := cache()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// smallMNIST returns the four files of a data set of a few digits.
func smallMNIST() map[string][]byte {
	return map[string][]byte{
		"train-images-idx3-ubyte": idxFile(fill(3*784), 3, 28, 28),
		"train-labels-idx1-ubyte": idxFile([]byte{7, 0, 9}, 3),
		"t10k-images-idx3-ubyte":  idxFile(fill(2*784), 2, 28, 28),
		"t10k-labels-idx1-ubyte":  idxFile([]byte{1, 2}, 2),
	}
}

// serve starts a server of files, and returns it as a remote.
func serve(t *testing.T, files map[string][]byte, handler http.HandlerFunc) remote {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	r := remote{base: server.URL + "/", folder: "mnist"}
	for name, content := range files {
		sum := sha256.Sum256(content)
		r.files = append(r.files, remoteFile{name, int64(len(content)), hex.EncodeToString(sum[:])})
	}
	return r
}

func serveFiles(files map[string][]byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		content, ok := files[strings.TrimPrefix(r.URL.Path, "/")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Write(content)
	}
}

// wantNothing checks that a cache is empty, without hidden files.
func wantNothing(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if len(entries) != 0 {
		t.Errorf("%s holds %v, want nothing", dir, entries)
	}
}

func TestFetch(t *testing.T) {
	dir := emptyHome(t)
	files := smallMNIST()
	var bar bytes.Buffer
	o := Options{Progress: &bar, remotes: []remote{serve(t, files, serveFiles(files))}}
	path, err := Fetch(t.Context(), "mnist", o)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "mnist"); path != want {
		t.Errorf("path %s, want %s", path, want)
	}
	if !strings.Contains(bar.String(), "train-images-idx3-ubyte") {
		t.Errorf("the bar shows %q, want the names of the files", bar.String())
	}
	for name, content := range files {
		if got, err := os.ReadFile(filepath.Join(path, name)); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %v, or not the content that was served", name, err)
		}
	}

	// The second time the data set is in the cache, and no server is contacted.
	o.remotes = []remote{}
	if again, err := Fetch(t.Context(), "mnist", o); err != nil || again != path {
		t.Errorf("again: got %s, %v, want %s", again, err, path)
	}
	data, err := Open(t.Context(), "mnist", o)
	if err != nil {
		t.Fatal(err)
	}
	if data.Sample || data.Train.Len() != 3 || data.Test.Len() != 2 || data.Source != path {
		t.Errorf("sample %v, %d + %d images from %s, want 3 + 2 from %s", data.Sample, data.Train.Len(), data.Test.Len(), data.Source, path)
	}
}

// TestFetchArchive checks that an archive is unpacked and removed.
func TestFetchArchive(t *testing.T) {
	dir := emptyHome(t)
	files := map[string][]byte{"cifar-10-binary.tar.gz": tarred(t, inFolderNamed("cifar-10-batches-bin", smallCIFAR()))}
	r := serve(t, files, serveFiles(files))
	r.folder, r.archive = "cifar-10-batches-bin", true
	data, err := Open(t.Context(), "cifar10", Options{remotes: []remote{r}})
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "cifar-10-batches-bin"); data.Source != want || data.Train.Len() != 5 {
		t.Errorf("%d images from %s, want 5 from %s", data.Train.Len(), data.Source, want)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("the cache holds %v, %v, want one folder", entries, err)
	}
}

func TestFetchFailures(t *testing.T) {
	files := smallMNIST()
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"wrong sum": {func(w http.ResponseWriter, r *http.Request) {
			content := bytes.Clone(files[r.URL.Path[1:]])
			content[len(content)-1] ^= 1
			w.Write(content)
		}, "not the known file: got SHA-256"},
		"cut short": {func(w http.ResponseWriter, r *http.Request) {
			content := files[r.URL.Path[1:]]
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			w.Write(content[:len(content)/2])
		}, "cut short: got"},
		"too long": {func(w http.ResponseWriter, r *http.Request) {
			w.Write(append(bytes.Clone(files[r.URL.Path[1:]]), 0))
		}, "not the known file: got more than"},
		"not found": {http.NotFound, "got 404 Not Found: want 200 OK"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := emptyHome(t)
			_, err := Fetch(t.Context(), "mnist", Options{remotes: []remote{serve(t, files, c.handler)}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
			wantNothing(t, dir)
		})
	}
}

func TestFetchStalled(t *testing.T) {
	dir := emptyHome(t)
	release := make(chan struct{})
	files := smallMNIST()
	stalled := serve(t, files, func(w http.ResponseWriter, r *http.Request) {
		w.Write(files[r.URL.Path[1:]][:1])
		w.(http.Flusher).Flush()
		<-release
	})
	defer close(release) // before the server is closed, which waits for the handler
	_, err := Fetch(t.Context(), "mnist", Options{Stall: 20 * time.Millisecond, remotes: []remote{stalled}})
	if err == nil || !strings.Contains(err.Error(), "stalled: no data for 20ms") {
		t.Errorf("got %v, want it to say that the download stalled", err)
	}
	wantNothing(t, dir)
}

// TestCancel cancels a download midway: the error is the context's, no sample replaces
// the data, and the cache is unchanged.
func TestCancel(t *testing.T) {
	dir := emptyHome(t)
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	files := smallMNIST()
	r := serve(t, files, func(w http.ResponseWriter, r *http.Request) {
		w.Write(files[r.URL.Path[1:]][:1])
		w.(http.Flusher).Flush()
		cancel()
		<-release
	})
	defer close(release)
	o := Options{remotes: []remote{r}, Warn: func(line string) { t.Errorf("warned %q, want nothing", line) }}
	data, err := Open(ctx, "mnist", o)
	if !errors.Is(err, context.Canceled) || data != nil {
		t.Errorf("got %v and data %v, want context.Canceled and none", err, data != nil)
	}
	wantNothing(t, dir)
}

func TestSecondMirror(t *testing.T) {
	emptyHome(t)
	files := smallMNIST()
	o := Options{remotes: []remote{serve(t, files, http.NotFound), serve(t, files, serveFiles(files))}}
	data, err := Open(t.Context(), "mnist", o)
	if err != nil {
		t.Fatal(err)
	}
	if data.Sample || data.Train.Len() != 3 {
		t.Errorf("sample %v, %d images, want the 3 of the second mirror", data.Sample, data.Train.Len())
	}
}

func TestFallBackToSample(t *testing.T) {
	dir := emptyHome(t)
	given := t.TempDir()
	files := smallMNIST()
	var warned []string
	data, err := Open(t.Context(), "mnist", Options{
		Dir:     given,
		Warn:    func(line string) { warned = append(warned, line) },
		remotes: []remote{serve(t, files, http.NotFound)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !data.Sample || data.Name != "sample-mnist" || data.Source != "embedded sample" {
		t.Errorf("got %s from %s, want the embedded sample", data.Name, data.Source)
	}
	if len(warned) != 1 {
		t.Fatalf("%d warnings, want 1: %q", len(warned), warned)
	}
	for _, want := range []string{"embedded sample of 10000 + 2000 images", given, dir, "404", "tflab data fetch mnist"} {
		if !strings.Contains(warned[0], want) {
			t.Errorf("warning %q does not say %q", warned[0], want)
		}
	}
	if strings.Contains(warned[0], "\n") {
		t.Errorf("warning %q is more than a line", warned[0])
	}
}

func TestOffline(t *testing.T) {
	emptyHome(t)
	files := smallMNIST()
	r := serve(t, files, func(http.ResponseWriter, *http.Request) { t.Error("a server was asked: want none") })
	data, err := Open(t.Context(), "mnist", Options{Offline: true, remotes: []remote{r}})
	if err != nil || !data.Sample {
		t.Errorf("got %v, want the sample", err)
	}
}
