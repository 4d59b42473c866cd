package servable_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/cmd/internal/servable"
	"github.com/tflab/tflab/cmd/internal/server"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/serving"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// makeRun writes a run's folder with weights drawn from a seed.
func makeRun(t *testing.T, n tfmodels.Network, seed int64) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	folder, err := runfolder.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.WriteConfig(runfolder.Config{Network: n.Name(), Data: runfolder.Data{Classes: names(n.Classes())}}); err != nil {
		t.Fatal(err)
	}
	writeWeights(t, dir, n, seed)
	return dir
}

func names(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprint("class ", i))
	}
	return all
}

func writeWeights(t *testing.T, dir string, n tfmodels.Network, seed int64) {
	t.Helper()
	if err := npy.WriteArchive(filepath.Join(dir, runfolder.WeightsFile), graphs.InitialWeights(n, seed)); err != nil {
		t.Fatal(err)
	}
}

// serveRun serves a run's folder.
func serveRun(t *testing.T, dir string) (*server.Server, servable.Source, string) {
	t.Helper()
	trained, err := experiment.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	from := servable.Run(trained, "last", serving.Options{})
	s := server.New(server.Options{Name: from.Name(), Decode: dataset.DecodeImage})
	m, d, err := from.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.Use(m, d)
	h := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		h.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, from, h.URL + "/v1/models/" + from.Name()
}

func ask(url string, body []byte, answer any) error {
	r, err := http.Post(url, "", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if r.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %s", r.StatusCode, text)
	}
	return json.Unmarshal(text, answer)
}

// bodyOf returns a request for predictions of the first images of a set.
func bodyOf(t *testing.T, set *dataset.Set, count int) []byte {
	t.Helper()
	shape := set.Shape()
	var all [][][][]float32
	for i := range count {
		pixels := set.Image(i)
		image := make([][][]float32, shape[0])
		for y := range image {
			image[y] = make([][]float32, shape[1])
			for x := range image[y] {
				for c := range shape[2] {
					image[y][x] = append(image[y][x], float32(pixels[(y*shape[1]+x)*shape[2]+c])/255)
				}
			}
		}
		all = append(all, image)
	}
	body, err := json.Marshal(map[string]any{"instances": all})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// image returns a grey image as JSON.
func image(side int) string {
	rows := make([][][]float64, side)
	for y := range rows {
		for x := range side {
			rows[y] = append(rows[y], []float64{float64((x*y)%7) / 7})
		}
	}
	text, _ := json.Marshal(rows)
	return string(text)
}
