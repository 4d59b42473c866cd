package main

import (
	"errors"
	"os"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/core/protobuf/for_core_protos_go_proto"
	"github.com/wamuir/graft/tensorflow/op"
	"google.golang.org/protobuf/proto"
)

// allowJIT lets XLA compile for the CPU, too: it leaves it alone unless this is
// in the environment when it is first asked.
func allowJIT() error {
	const flags, cpu = "TF_XLA_FLAGS", "--tf_xla_cpu_global_jit"
	if given := os.Getenv(flags); !strings.Contains(given, cpu) {
		return os.Setenv(flags, strings.TrimSpace(given+" "+cpu))
	}
	return nil
}

// startJIT lets XLA compile a few additions: what it has to say at the first
// compilation of a process comes while the caller holds it back.
func startJIT() (err error) {
	raw, err := proto.Marshal(&for_core_protos_go_proto.ConfigProto{
		GraphOptions: &for_core_protos_go_proto.GraphOptions{OptimizerOptions: &for_core_protos_go_proto.OptimizerOptions{
			GlobalJitLevel: for_core_protos_go_proto.OptimizerOptions_ON_2}},
	})
	if err != nil {
		return err
	}
	s := op.NewScope()
	x := op.Placeholder(s, tf.Float)
	sum := x
	for _, name := range []string{"a", "b", "c", "d", "e"} { // XLA leaves smaller clusters alone
		sum = op.AddV2(s.SubScope(name), sum, x)
	}
	graph, err := s.Finalize()
	if err != nil {
		return err
	}
	session, err := tf.NewSession(graph, &tf.SessionOptions{Config: raw})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	one, err := tf.NewTensor([]float32{1})
	if err != nil {
		return err
	}
	_, err = session.Run(map[tf.Output]*tf.Tensor{x: one}, []tf.Output{sum}, nil)
	return err
}
