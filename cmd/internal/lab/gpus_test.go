package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/tfmodels"
)

func TestTrainOnGPUs(t *testing.T) {
	var out bytes.Buffer
	var lock sync.Mutex
	busy, trained := map[graphs.Device]bool{}, []string{}
	both := make(chan bool) // closed when two networks are being trained
	l := &lab{events: experiment.Events{Progress: &out}}
	l.Devices = []graphs.Device{"gpu:0", "gpu:1"}
	l.Elsewhere = func(_ context.Context, network string, device graphs.Device, progress io.Writer) error {
		lock.Lock()
		if busy[device] {
			t.Errorf("%s has two networks at a time", device)
		}
		busy[device] = true
		trained = append(trained, network)
		if len(trained) == 2 {
			close(both)
		}
		lock.Unlock()
		<-both
		fmt.Fprintf(progress, "Epoch 1/1\nloss of %s", network)
		lock.Lock()
		busy[device] = false
		lock.Unlock()
		if network == "mnist-cnn" {
			return errors.New("diverged")
		}
		return nil
	}
	var names []string
	for _, n := range tfmodels.Assigned() {
		names = append(names, n.Name())
		l.todo = append(l.todo, todo{spec: &experiment.Spec{Network: n}})
	}
	err := l.trainOnGPUs(t.Context())
	if err == nil || !strings.Contains(err.Error(), "mnist-cnn on gpu:") || !strings.Contains(err.Error(), "diverged") {
		t.Errorf("got %v, want that mnist-cnn diverged", err)
	}
	slices.Sort(names)
	if slices.Sort(trained); !slices.Equal(trained, names) {
		t.Errorf("trained %v, want each of %v once", trained, names)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2*len(names) {
		t.Errorf("got %d lines, want two of each network", len(lines))
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, "gpu:") || strings.Count(line, "gpu:") != 1 {
			t.Errorf("%q does not begin with its GPU, or is of two", line)
		}
	}
}
