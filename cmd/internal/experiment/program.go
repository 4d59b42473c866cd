package experiment

import (
	"fmt"
	"os"

	"github.com/tflab/tflab/cmd/internal/tflog"
	"github.com/tflab/tflab/graphs"
)

// options converts the settings to those of package graphs.
func (s *Spec) options(train bool) (o graphs.Options, err error) {
	o = graphs.Options{Precision: s.Precision, Seed: s.Seed, Device: s.Device, Threads: s.Threads, MemoryLimit: int64(s.MemoryLimit),
		Replicas: s.Replicas, JIT: s.JIT, Deterministic: s.Deterministic, Traced: train && s.Profile != "",
		Cluster: graphs.Cluster{Workers: s.activeWorkers(), Reduce: s.Reduce, Timeout: s.WorkerTimeout}, Loss: graphs.Loss{LabelSmoothing: s.Recipe.LabelSmoothing}}
	if train {
		o.BatchSize = s.Recipe.BatchSize
		o.Schedule = s.RateSchedule()
		o.Optimizer, err = s.Optimizer()
	}
	return o, err
}

// Compile compiles a model for training, or for inference only. It hides TensorFlow's
// log lines unless the settings ask for them.
func (s *Spec) Compile(m graphs.Model, train bool, events Events) (p *graphs.Program, err error) {
	if err := s.Device.Check(); err != nil {
		return nil, err
	}
	o, err := s.options(train)
	if err != nil {
		return nil, err
	}
	err = tflog.Unless(s.TFLog, func() (err error) {
		if err := PrepareTensorFlow(o); err != nil {
			return err
		}
		if s.TF32 != nil && !*s.TF32 {
			if err := os.Setenv("NVIDIA_TF32_OVERRIDE", "0"); err != nil { // cuBLAS and cuDNN read it
				return err
			}
		}
		p, err = graphs.Compile(m, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, failed := p.JIT(); failed != nil {
		events.Warn(fmt.Sprintf("XLA cannot compile, and training is slower: %v; give the folder of CUDA in XLA_FLAGS (--xla_gpu_cuda_data_dir=DIR), or turn XLA off with --jit=false", failed))
	}
	for _, notice := range p.Notices() { // about the device
		events.Warn(notice)
	}
	return p, nil
}
