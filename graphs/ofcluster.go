package graphs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wamuir/graft/tensorflow/core/protobuf/for_core_protos_go_proto"

	"github.com/tflab/tflab/graphs/cluster"
)

// Cluster is the workers that a program runs on.
type Cluster struct {
	Workers []string      // HOST:PORT of each, as the workers reach one another, too; empty: none
	Reduce  Reduction     // of the gradients
	Timeout time.Duration // that a worker has to answer; 0: 10 seconds
}

// defaultTimeout is that of a worker's answer.
const defaultTimeout = 10 * time.Second

func (c Cluster) used() bool { return len(c.Workers) > 0 }

// compileOnCluster is Compile on workers: each is a mirror.
func compileOnCluster(m Model, o Options) (*Program, error) {
	switch {
	case o.Replicas > 1:
		return nil, fmt.Errorf("graphs: %d replicas on a cluster: each worker is one: want one", o.Replicas)
	case o.JIT == JITOn:
		return nil, errors.New("graphs: XLA on a cluster: it is not supported there: want it off")
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

// Workers are the workers that the program runs on, nil without a cluster.
func (p *Program) Workers() []cluster.Worker {
	if s, ok := p.session.(*cluster.Session); ok {
		return s.Workers()
	}
	return nil
}
