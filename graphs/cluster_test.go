package graphs

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs/cluster"
	"github.com/tflab/tflab/graphs/optim"
)

// servers are workers in this process, which run until the process ends.
var servers struct {
	sync.Mutex
	addresses []string
}

// workers returns the addresses of n workers of one thread each.
func workers(t *testing.T, n int) []string {
	t.Helper()
	servers.Lock()
	defer servers.Unlock()
	for len(servers.addresses) < n {
		config, _, err := WorkerConfig(Options{Device: CPU, Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		address, err := cluster.Start("127.0.0.1:0", config)
		if err != nil {
			t.Fatal(err)
		}
		servers.addresses = append(servers.addresses, address)
	}
	return servers.addresses[:n]
}

// onWorkers compiles a model on n workers.
func onWorkers(t *testing.T, m Model, o Options, n int) *Program {
	t.Helper()
	o.Cluster.Workers, o.Cluster.Timeout = workers(t, n), time.Minute
	p, err := Compile(m, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// onReplicas compiles a model on n replicas of one thread each in this process.
func onReplicas(t *testing.T, m Model, o Options, n int) *Program {
	t.Helper()
	o.Device, o.Replicas, o.Threads = CPU, n, n
	p, err := Compile(m, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// take trains on batches of a size, and returns the sums of the metrics.
func take(t *testing.T, p *Program, e Examples, batch int) Sums {
	t.Helper()
	if err := p.Training.Load(e); err != nil {
		t.Fatal(err)
	}
	if err := p.Training.Begin(nil, batch, Sums{}); err != nil {
		t.Fatal(err)
	}
	for {
		n, err := p.Training.Step()
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	sums, err := p.Training.Sums()
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

// valuesOn reads the variables of one mirror.
func valuesOn(t *testing.T, p *Program, variables []variable, mirror int) [][]float32 {
	t.Helper()
	var fetches []tf.Output
	for _, v := range variables {
		fetches = append(fetches, v.on(mirror).value)
	}
	out, err := p.session.Run(nil, fetches, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]float32
	for _, x := range out {
		v, err := floats(x)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

func same(a, b [][]float32) bool { return slices.EqualFunc(a, b, slices.Equal) }

// After batches of any size, including a smaller last one and some with fewer examples
// than workers, all workers have the same weights and slots to the bit. Up to rounding,
// these equal those of as many replicas in one process.
func TestWorkersAreReplicas(t *testing.T) {
	examples := noise(23, 10)
	for _, tt := range []struct {
		workers int
		reduce  Reduction
		batch   int
	}{{1, AutoReduce, 5}, {2, ReduceAll, 5}, {2, Sharded, 1}, {3, ReduceAll, 2}, {3, Sharded, 23}, {3, Sharded, 5}} {
		t.Run(fmt.Sprintf("%d workers, %s, batch %d", tt.workers, tt.reduce, tt.batch), func(t *testing.T) {
			o := Options{Optimizer: optim.SGD(0.01, optim.Momentum{Rate: 0.9}), Seed: 3}
			want := onReplicas(t, dropoutPerceptron{}, o, tt.workers)
			sums := take(t, want, examples, tt.batch)
			o.Cluster.Reduce = tt.reduce
			p := onWorkers(t, dropoutPerceptron{}, o, tt.workers)
			got := take(t, p, examples, tt.batch)
			if math.Abs(got.Loss/sums.Loss-1) > 1e-6 || got.Correct != sums.Correct {
				t.Errorf("%+v, want %+v", got, sums)
			}
			first := valuesOn(t, p, append(slices.Clone(p.weights), p.slots...), 0)
			for m := 1; m < tt.workers; m++ {
				if !same(valuesOn(t, p, append(slices.Clone(p.weights), p.slots...), m), first) {
					t.Errorf("worker %d has other weights or slots than worker 0", m)
				}
			}
			for i, values := range valuesOn(t, want, append(slices.Clone(want.weights), want.slots...), 0) {
				for j, v := range values {
					if math.Abs(float64(first[i][j]-v)) > 1e-6*max(1, math.Abs(float64(v))) {
						t.Fatalf("array %d, element %d: %v, want %v", i, j, first[i][j], v)
					}
				}
			}
		})
	}
}

// A second run gives the same bits: no sum depends on the order of arrival.
func TestWorkersRepeat(t *testing.T) {
	var first [][]float32
	for range 2 {
		p := onWorkers(t, dropoutPerceptron{}, Options{Optimizer: optim.RMSprop(0.01)}, 3)
		take(t, p, noise(50, 10), 10)
		if now := valuesOn(t, p, p.weights, 0); first == nil {
			first = now
		} else if !same(first, now) {
			t.Fatal("the same training gave other weights")
		}
	}
}

// Data that exceeds the memory limit is split among the workers, with the same results
// to the bit.
func TestWorkersStream(t *testing.T) {
	examples := noise(29, 10)
	for batch, limit := range map[int]int64{2: 500, 7: 1} {
		var all [][][]float32
		for _, limit := range []int64{0, limit} {
			p := onWorkers(t, dropoutPerceptron{}, Options{Optimizer: optim.RMSprop(0.01), MemoryLimit: limit}, 3)
			take(t, p, examples, batch)
			all = append(all, valuesOn(t, p, p.weights, 0))
		}
		if !same(all[0], all[1]) {
			t.Errorf("batch %d: streamed data gave other weights", batch)
		}
	}
}

// Images that are sent to the workers in several pieces arrive unchanged.
func TestPiecesAreTheImages(t *testing.T) {
	p := onWorkers(t, dropoutPerceptron{}, Options{}, 2)
	p.Inference.inPieces.rows = 7
	examples := noise(19, 10)
	if err := p.Inference.Load(examples); err != nil {
		t.Fatal(err)
	}
	for m := range 2 {
		out, err := p.session.Run(nil, []tf.Output{p.Inference.images.on(m).value}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(examples.Images()))
		if _, err := tensorReader(out[0]).Read(got); err != nil || !slices.Equal(got, examples.Images()) {
			t.Errorf("worker %d has other images (%v)", m, err)
		}
	}
}

// A checkpoint of workers can be read by any program.
func TestWorkersCheckpoint(t *testing.T) {
	prefix := t.TempDir() + "/c"
	o := Options{Optimizer: optim.RMSprop(0.01)}
	p := onWorkers(t, dropoutPerceptron{}, o, 2)
	take(t, p, noise(20, 10), 5)
	if err := p.Save(prefix, []byte("note")); err != nil {
		t.Fatal(err)
	}
	want := valuesOn(t, p, p.bundle.variables[:len(p.weights)+len(p.slots)], 0)
	local := onReplicas(t, dropoutPerceptron{}, o, 1)
	if note, err := local.Restore(prefix); err != nil || string(note) != "note" {
		t.Fatalf("%q, %v", note, err)
	}
	if !same(want, valuesOn(t, local, local.bundle.variables[:len(want)], 0)) {
		t.Error("one process restored something else")
	}
	other := onWorkers(t, dropoutPerceptron{}, o, 3)
	if err := local.Save(prefix, []byte("again")); err != nil {
		t.Fatal(err)
	}
	if note, err := other.Restore(prefix); err != nil || string(note) != "again" {
		t.Fatalf("%q, %v", note, err)
	}
	for m := range 3 {
		if !same(want, valuesOn(t, other, other.bundle.variables[:len(want)], m)) {
			t.Errorf("worker %d restored something else", m)
		}
	}
}

func TestLook(t *testing.T) {
	found, err := cluster.LookAll(context.Background(), workers(t, 2), time.Minute)
	if err != nil || len(found) != 2 || found[0].Release != tf.Version() || !slices.Equal(found[1].Devices, []string{"cpu"}) {
		t.Errorf("%+v, %v", found, err)
	}
}

// noise returns examples of 6x6x1 with random pixels.
func noise(n, classes int) Examples {
	s := &subset{shape: [3]int{6, 6, 1}, images: make([]byte, 36*n), labels: make([]uint8, n)}
	state := uint32(1)
	for i := range s.images {
		state = state*1664525 + 1013904223
		s.images[i] = byte(state >> 24)
	}
	for i := range s.labels {
		s.labels[i] = uint8(i * 7 % classes)
	}
	return s
}

// dropoutPerceptron has operations that depend on the whole batch: a batch
// normalization, whose state changes, and random numbers for each example.
type dropoutPerceptron struct{}

func (dropoutPerceptron) Name() string       { return "dropout-perceptron" }
func (dropoutPerceptron) InputShape() [3]int { return [3]int{6, 6, 1} }
func (dropoutPerceptron) Classes() int       { return 10 }

func (dropoutPerceptron) Weights() []Weight {
	return []Weight{
		{Name: "hidden/kernel", Shape: []int{36, 16}, Initializer: GlorotUniform},
		{Name: "hidden/bias", Shape: []int{16}, Initializer: Zeros},
		{Name: "norm/gamma", Shape: []int{16}, Initializer: Ones},
		{Name: "norm/mean", Shape: []int{16}, Initializer: Zeros, Role: State},
		{Name: "norm/variance", Shape: []int{16}, Initializer: Ones, Role: State},
		{Name: "out/kernel", Shape: []int{16, 10}, Initializer: GlorotUniform},
		{Name: "out/bias", Shape: []int{10}, Initializer: Zeros},
	}
}

func (dropoutPerceptron) Logits(b *Builder, x tf.Output) tf.Output {
	s := b.Scope("layers")
	x = op.Reshape(s.SubScope("flat"), x, op.Const(s.SubScope("shape"), []int32{-1, 36}))
	x = b.AddBias(op.MatMul(s.SubScope("hidden"), x, b.Weight("hidden/kernel")), "hidden/bias")
	x = b.ReLU(b.BatchNorm(x, BatchNorm{Gamma: "norm/gamma", Mean: "norm/mean", Variance: "norm/variance", Momentum: 0.9, Epsilon: 1e-3}))
	if b.Training() {
		words := b.RandomWords(x, 16)
		kept := op.Cast(s.SubScope("kept"), op.Greater(s.SubScope("drawn"), words, op.Const(s.SubScope("half"), uint32(1<<31))), tf.Float)
		x = op.Mul(s.SubScope("dropped"), x, kept)
	}
	return b.AddBias(op.MatMul(s.SubScope("out"), x, b.Weight("out/kernel")), "out/bias")
}
