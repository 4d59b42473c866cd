package fit

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/wamuir/graft/tensorflow/core/util/event_go_proto"
	"google.golang.org/protobuf/proto"

	"github.com/tflab/tflab/graphs"
)

// events reads a folder's event files in order: records of a length (8 bytes), its
// checksum (4), a protocol buffer and its checksum (4).
func events(t *testing.T, dir string) []*event_go_proto.Event {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: no events, %v", dir, err)
	}
	var all []*event_go_proto.Event
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for len(raw) > 0 {
			n := binary.LittleEndian.Uint64(raw)
			e := &event_go_proto.Event{}
			if err := proto.Unmarshal(raw[12:12+n], e); err != nil {
				t.Fatal(err)
			}
			all = append(all, e)
			raw = raw[12+n+4:]
		}
	}
	return all
}

// scalars returns the numbers of a folder by tag and step, without those that a restart
// repeats.
func scalars(t *testing.T, dir string) map[string][]float32 {
	t.Helper()
	all := map[string][]float32{}
	for _, e := range events(t, dir) {
		if log := e.GetSessionLog(); log != nil {
			for tag, values := range all {
				all[tag] = values[:min(int(e.Step), len(values))]
			}
		}
		for _, v := range e.GetSummary().GetValue() {
			if v.GetHisto() != nil {
				continue
			}
			if int(e.Step) != len(all[v.Tag]) {
				t.Errorf("%s: step %d comes after %d others", v.Tag, e.Step, len(all[v.Tag]))
			}
			all[v.Tag] = append(all[v.Tag], v.GetSimpleValue())
		}
	}
	return all
}

// wantScalars returns the numbers that a history implies.
func wantScalars(h *History) (training, validation map[string][]float32) {
	training, validation = map[string][]float32{}, map[string][]float32{}
	add := func(m map[string][]float32, tag string, v float64) { m[tag] = append(m[tag], float32(v)) }
	for _, e := range h.Epochs {
		add(training, "epoch_accuracy", e.Training.Accuracy)
		add(training, "epoch_loss", e.Training.Loss)
		add(training, "epoch_learning_rate", e.LearningRate)
		add(validation, "epoch_accuracy", e.Validation.Accuracy)
		add(validation, "epoch_loss", e.Validation.Loss)
	}
	return training, validation
}

func TestTensorBoard(t *testing.T) {
	l, dir := newLesson(t), filepath.Join(t.TempDir(), "tensorboard")
	l.callbacks = []Callback{TensorBoard(dir, Summaries{Histograms: true})}
	o, err := l.begin(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	training, validation := wantScalars(o.History)
	if diff := cmp.Diff(training, scalars(t, filepath.Join(dir, "train"))); diff != "" {
		t.Errorf("train: (- history, + events)\n%s", diff)
	}
	if diff := cmp.Diff(validation, scalars(t, filepath.Join(dir, "validation"))); diff != "" {
		t.Errorf("validation: (- history, + events)\n%s", diff)
	}

	drawn, graph := map[string]int{}, 0
	for _, e := range events(t, filepath.Join(dir, "train")) {
		graph += len(e.GetGraphDef())
		for _, v := range e.GetSummary().GetValue() {
			if h := v.GetHisto(); h != nil {
				drawn[v.Tag]++
				if h.Num != 2 {
					t.Errorf("%s has %g values, want 2", v.Tag, h.Num)
				}
			}
		}
	}
	if want := map[string]int{"kernel/histogram": 4, "bias/histogram": 4}; !cmp.Equal(drawn, want) {
		t.Errorf("histograms %v, want %v", drawn, want)
	}
	if graph < 1000 {
		t.Errorf("the graph has %d bytes", graph)
	}
}

func TestTensorBoardOfAResumedRun(t *testing.T) {
	l, dir := newLesson(t), filepath.Join(t.TempDir(), "tensorboard")
	board := func() Callback { return TensorBoard(dir, Summaries{}) }
	// The third epoch is written for TensorBoard, but not saved in a checkpoint.
	l.callbacks = []Callback{board(), OnEpochEnd(func(r *Run) error {
		if r.Epoch == 2 {
			return os.ErrClosed
		}
		return nil
	})}
	if _, err := l.begin(t.Context(), t); err == nil {
		t.Fatal("no error")
	}
	l.callbacks = []Callback{board()}
	o, _, err := l.resume(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	training, validation := wantScalars(o.History)
	if diff := cmp.Diff(training, scalars(t, filepath.Join(dir, "train"))); diff != "" {
		t.Errorf("train: (- history, + events)\n%s", diff)
	}
	if diff := cmp.Diff(validation, scalars(t, filepath.Join(dir, "validation"))); diff != "" {
		t.Errorf("validation: (- history, + events)\n%s", diff)
	}
}

func TestTensorBoardCannotWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Fit(t.Context(), compile(t, still()), shades(10), Config{Epochs: 1, BatchSize: 5}, TensorBoard(file, Summaries{}))
	if err == nil {
		t.Error("a folder that cannot be made is no error")
	}
	if _, err := graphs.NewSummaryWriter(filepath.Join(file, "below")); err == nil {
		t.Error("a writer without a folder is no error")
	}
}
