package fit

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func twoEpochs() History {
	return History{
		Epochs: []Epoch{
			{Epoch: 0, Training: Score{Loss: 0.5, Accuracy: 0.75}, Validation: &Score{Loss: 0.25, Accuracy: 1}, LearningRate: 0.001, TrainDuration: 1.5, Duration: 2},
			{Epoch: 1, Training: Score{Loss: 1.0 / 3, Accuracy: 0.8}, Validation: &Score{Loss: math.NaN(), Accuracy: 0}, LearningRate: 1e-7, TrainDuration: 0.001, Duration: 123.25},
		},
		Test: &Score{Loss: 0.125, Accuracy: 0.9375},
	}
}

func withoutValidation() History {
	h := twoEpochs()
	for i := range h.Epochs {
		h.Epochs[i].Validation = nil
	}
	h.Test = nil
	return h
}

func TestWriteCSV(t *testing.T) {
	tests := []struct {
		name    string
		history History
		want    string
	}{
		{"with validation", twoEpochs(), `epoch,accuracy,loss,val_accuracy,val_loss,learning_rate,train_seconds,seconds
0,0.75,0.5,1,0.25,0.001,1.5,2
1,0.8,0.3333333333333333,0,NaN,1e-07,0.001,123.25
`},
		{"without", withoutValidation(), `epoch,accuracy,loss,learning_rate,train_seconds,seconds
0,0.75,0.5,0.001,1.5,2
1,0.8,0.3333333333333333,1e-07,0.001,123.25
`},
		{"empty", History{}, "epoch,accuracy,loss,learning_rate,train_seconds,seconds\n"},
	}
	for _, tt := range tests {
		var got bytes.Buffer
		if err := tt.history.WriteCSV(&got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if err := (&History{}).WriteCSV(fullDisk{}); err == nil {
		t.Error("a writer that fails: no error")
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, bytes.ErrTooLarge }

func TestJSONRoundTrip(t *testing.T) {
	infinite := twoEpochs()
	infinite.Epochs[0].Training.Loss = math.Inf(1) // JSON cannot represent it: it is read back as NaN
	diverged := twoEpochs()
	diverged.Epochs[0].Training.Loss = math.NaN()
	tests := []struct {
		name       string
		have, want History
	}{
		{"with validation", twoEpochs(), twoEpochs()},
		{"without", withoutValidation(), withoutValidation()},
		{"empty", History{Epochs: []Epoch{}}, History{Epochs: []Epoch{}}},
		{"infinite", infinite, diverged},
	}
	for _, tt := range tests {
		data, err := json.Marshal(&tt.have)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		var got History
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// The output of json.dump for the history attribute of Keras's History.
func TestReadKerasHistory(t *testing.T) {
	var got History
	err := json.Unmarshal([]byte(`{"accuracy": [0.5, 0.75], "loss": [1.5, 0.5], "val_accuracy": [0.25, 0.5], "val_loss": [2.0, null]}`), &got)
	if err != nil {
		t.Fatal(err)
	}
	want := History{Epochs: []Epoch{
		{Epoch: 0, Training: Score{Loss: 1.5, Accuracy: 0.5}, Validation: &Score{Loss: 2, Accuracy: 0.25}},
		{Epoch: 1, Training: Score{Loss: 0.5, Accuracy: 0.75}, Validation: &Score{Loss: math.NaN(), Accuracy: 0.5}},
	}}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	tests := []struct{ data, want string }{
		{`[]`, "fit: history: "},
		{`{}`, `want at least "loss" and "accuracy"`},
		{`{"test": {"loss": 1, "accuracy": 1}}`, `want at least "loss" and "accuracy"`},
		{`{"accuracy": [0.5]}`, `want at least "loss" and "accuracy"`},
		{`{"loss": [0.5]}`, `want at least "loss" and "accuracy"`},
		{`{"accuracy": [0.5], "loss": [1], "val_loss": [1]}`, `"val_accuracy"`},
		{`{"accuracy": [0.5], "loss": [1], "val_accuracy": [1]}`, `"val_loss"`},
		{`{"accuracy": [0.5, 0.6], "loss": [1]}`, `column "loss" has 1 values, the others 2`},
		{`{"accuracy": ["a"], "loss": [1]}`, `column "accuracy"`},
		{`{"accuracy": 1, "loss": [1]}`, `column "accuracy"`},
		{`{"accuracy": [1], "loss": [1], "test": 5}`, "history: test"},
	}
	for _, tt := range tests {
		var h History
		if err := json.Unmarshal([]byte(tt.data), &h); err == nil {
			t.Errorf("%s: no error", tt.data)
		} else if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %q, want %q in it", tt.data, err, tt.want)
		}
	}
}

// Any history that can be read can be written, and is read back unchanged.
func FuzzHistory(f *testing.F) {
	for _, h := range []History{{}, twoEpochs(), withoutValidation()} {
		data, err := json.Marshal(&h)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"loss": [1e308, null], "accuracy": [-0.0, 1], "epoch": [1e99, 1.5], "test": {}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, again History
		if json.Unmarshal(data, &first) != nil {
			return
		}
		written, err := json.Marshal(&first)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if diff := cmp.Diff(first, again, cmpopts.EquateNaNs()); diff != "" {
			t.Error(diff)
		}
	})
}
