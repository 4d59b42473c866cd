package experiment

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/tflab/tflab/cmd/internal/profile"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/tfmodels/dataset"
	"github.com/tflab/tflab/tfmodels/keras"
)

// run is one run of one network, from its data to its files.
type run struct {
	*Spec
	events  Events
	clock   startClock
	reached bool // all workers have answered once
	program *graphs.Program
	folder  *runfolder.Folder
	config  runfolder.Config
	history *fit.History
}

// Run trains and evaluates a network and writes the run's folder. It returns the
// history.
func Run(ctx context.Context, s *Spec, events Events) (*fit.History, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	r := &run{Spec: s, events: events}
	r.Replicas = r.chooseReplicas()
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	defer r.closeProgram()
	train, c := r.examples()
	var err error
	if r.Profile != "" {
		if err := profile.Folder(r.Profile); err != nil {
			return nil, err
		}
	}
	if c.Orders, err = readOrders(r.Recipe.Order); err != nil {
		return nil, err
	}
	if err := c.Check(train.Len()); err != nil { // before a folder is created for an invalid run
		return nil, err
	}
	if os.Getenv("GOGC") == "" { // the data are most of the heap, which need not grow to twice their size
		defer debug.SetGCPercent(debug.SetGCPercent(20))
	}
	debug.FreeOSMemory()    // returns the memory that reading the data used
	go r.Data.Fingerprint() // describe waits for the fingerprint, which takes about as long as Load
	if err = r.load(ctx, train); r.recovers(ctx, err) {
		_, err = r.reconnect(ctx, train, err)
	}
	if err != nil {
		return nil, orInterrupted(ctx, err)
	}
	if err := r.describe(); err != nil {
		return nil, err
	}
	release, err := r.claim()
	if err != nil {
		return nil, err
	}
	defer release()
	if c.Resume, err = r.restore(); r.recovers(ctx, err) {
		c.Resume, err = r.reconnect(ctx, train, err)
	}
	if err != nil {
		return nil, orInterrupted(ctx, err)
	}
	err = r.attempt(ctx, train, c)
	for r.recovers(ctx, err) {
		if c.Resume, err = r.reconnect(ctx, train, err); err == nil {
			err = r.attempt(ctx, train, c)
		}
	}
	err = orInterrupted(ctx, err)
	if r.history == nil {
		return nil, err
	}
	return r.history, r.finish(err)
}

// attempt trains and tests.
func (r *run) attempt(ctx context.Context, train *dataset.Set, c fit.Config) error {
	history, err := fit.Fit(ctx, r.program, train, c, r.callbacks()...)
	if history != nil {
		r.history = history
	}
	if err != nil {
		return err
	}
	return r.test(ctx)
}

// prepare reads the data and compiles the program at the same time. If the program does
// not compile, prepare does not wait for a download.
func (r *run) prepare(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	data := make(chan error, 1)
	go func() { data <- r.read(ctx) }()
	err := r.compile(ctx)
	for deadline := time.Now().Add(r.waitLimit()); r.reached && r.recovers(ctx, err) && time.Now().Before(deadline); {
		r.events.Warn(fmt.Sprintf("%v: waiting up to %s for the worker", err, r.waitLimit()))
		r.closeProgram()
		if err = pause(ctx); err == nil {
			err = r.compile(ctx)
		}
	}
	if err = orInterrupted(ctx, err); err != nil {
		cancel()
	}
	if failed := <-data; err == nil {
		err = failed
	}
	if err != nil {
		r.closeProgram()
	}
	return err
}

// read opens the data set. It turns a panic in a reader into an error, as Run does on
// its goroutine.
func (r *run) read(ctx context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("data set %s: internal error: %v", r.Dataset, v)
		}
	}()
	if r.Data == nil {
		r.Data, err = r.OpenData(ctx, r.events)
	}
	return err
}

func (r *run) compile(ctx context.Context) error {
	if err := r.findWorkers(ctx); err != nil {
		return err
	}
	model := r.Model()
	weights, err := readWeights(r.InitialWeights, model)
	if err != nil {
		return err
	}
	if r.program, err = r.Compile(model, true, r.events); err != nil {
		return err
	}
	if !r.TFLog { // in which the failures of Plan would look like errors
		r.program.Plan()
	}
	if weights == nil {
		return nil
	}
	return r.program.SetWeights(weights)
}

// callbacks returns the callbacks of a run. The history is written to disk before it is
// shown.
func (r *run) callbacks() []fit.Callback {
	all := []fit.Callback{
		beginning{write: r.begin},
		fit.OnEpochEnd(func(f *fit.Run) error { return r.folder.WriteHistory(&f.History) }),
	}
	switch r.Verbose {
	case 1:
		all = append(all, fit.Progress(r.events.Progress))
	case 2:
		all = append(all, fit.Lines(r.events.Progress))
	}
	all = append(append(all, r.events.Watch...), &r.clock, fit.StopOnNaN())
	if r.Recipe.EarlyStopping > 0 {
		all = append(all, fit.EarlyStopping(fit.Stopping{Patience: r.Recipe.EarlyStopping}))
	}
	if r.TensorBoard {
		all = append(all, fit.TensorBoard(r.folder.Path(runfolder.TensorBoardDir), fit.Summaries{Histograms: r.Histograms}))
	}
	if r.Profile != "" {
		all = append(all, r.profiled())
	}
	return append(all, fit.Checkpoint(r.folder.Path(runfolder.CheckpointDir), fit.Checkpoints{Every: r.CheckpointEvery, Keep: r.Keep,
		Interval: time.Duration(r.CheckpointMinutes * float64(time.Minute))}))
}

// beginning writes config.json when a run begins, so that a run that is refused leaves
// no folder.
type beginning struct {
	fit.Nothing
	write func() error
}

// begin writes the files that the run's folder has from the beginning.
func (r *run) begin() error {
	if _, err := keras.WriteJSON(r.folder.Path(runfolder.NetworkFile), r.Network); err != nil {
		return err
	}
	return r.folder.WriteConfig(r.config)
}

func (b beginning) Begin(*fit.Run) error { return b.write() }
