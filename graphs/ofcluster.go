package graphs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wamuir/graft/tensorflow/core/protobuf/for_core_protos_go_proto"

	"github.com/tflab/tflab/graphs/cluster"
)

// Cluster describes the workers on which a program runs.
type Cluster struct {
	Workers []string      // HOST:PORT of each worker, as reachable from this process and the other workers; empty for none
	Reduce  Reduction     // of gradients
	Timeout time.Duration // limit of the time for a worker's answer; 0 means 10 seconds
}

// defaultTimeout is the default of Cluster.Timeout.
const defaultTimeout = 10 * time.Second

func (c Cluster) used() bool { return len(c.Workers) > 0 }

// compileOnCluster compiles a model on workers, each of which is a mirror.
func compileOnCluster(m Model, o Options) (*Program, error) {
	switch {
	case o.Replicas > 1:
		return nil, fmt.Errorf("graphs: %d replicas on a cluster, where each worker is a replica: want one", o.Replicas)
	case o.JIT == JITOn:
		return nil, errors.New("graphs: XLA is not supported on a cluster: want JITOff")
	case o.Cluster.Timeout == 0:
		o.Cluster.Timeout = defaultTimeout
	}
	o.Device, o.JIT = CPU, JITOff // of this process; each worker has its own
	watch, err := cluster.NewWatch(context.Background(), o.Cluster.Workers, o.Cluster.Timeout)
	if err != nil {
		return nil, err
	}
	p := &Program{model: m, options: o, mirrors: mirrors(len(o.Cluster.Workers))}
	for i := range o.Cluster.Workers {
		p.devices = append(p.devices, cluster.Device(i))
	}
	if err := p.buildGraph(); err != nil {
		watch.Close()
		return nil, err
	}
	s, err := cluster.NewSession(p.graph, watch, &for_core_protos_go_proto.ConfigProto{AllowSoftPlacement: true})
	if err != nil {
		watch.Close()
		return nil, fmt.Errorf("graphs: %w", err)
	}
	p.session = s
	if p.Training != nil {
		if p.bundle.files, err = newBundleFiles(p.bundle.variables); err != nil {
			p.Close()
			return nil, err
		}
	}
	if err := p.start(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Workers returns the workers on which the program runs, or nil without a cluster.
func (p *Program) Workers() []cluster.Worker {
	if s, ok := p.session.(*cluster.Session); ok {
		return s.Workers()
	}
	return nil
}
