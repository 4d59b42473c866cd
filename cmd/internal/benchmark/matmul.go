package benchmark

import (
	"context"
	"errors"
	"fmt"
	"time"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/core/protobuf/for_core_protos_go_proto"
	"github.com/wamuir/graft/tensorflow/op"
	"google.golang.org/protobuf/proto"
)

// Rate is the number of operations per second that the machine reaches when it
// multiplies large matrices. Training can hardly reach more.
type Rate struct {
	Precision  string  `json:"precision"`
	Operations float64 `json:"operations_per_second"` // a multiplication or an addition counts as one
}

// Higher returns the rates with r added, unless they already have a higher rate for the
// same precision.
func (r Rate) Higher(rates []Rate) []Rate {
	for i, other := range rates {
		if other.Precision == r.Precision {
			rates[i].Operations = max(other.Operations, r.Operations)
			return rates
		}
	}
	return append(rates, r)
}

// Multiplication configures a measurement of the rate.
type Multiplication struct {
	Extent   int           // rows and columns of the matrices
	Threads  int           // 0 means one for each core
	CPU      bool          // use the CPU even if there is a GPU
	Duration time.Duration // at least three multiplications are done, however long they take
}

// Measure repeatedly multiplies square matrices through TensorFlow, in the type that a
// precision computes in. It returns the rate of the fastest multiplication, since
// disturbances only make a multiplication slower.
func (m Multiplication) Measure(ctx context.Context, precision string) (Rate, error) {
	types := map[string]tf.DataType{"float32": tf.Float, "mixed_bfloat16": tf.Bfloat16, "mixed_float16": tf.Half}
	dtype, ok := types[precision]
	if !ok {
		return Rate{}, fmt.Errorf("benchmark: no matrices in %q: want float32, mixed_bfloat16 or mixed_float16", precision)
	}
	p, err := m.product(dtype)
	if err != nil {
		return Rate{}, fmt.Errorf("benchmark: product of matrices in %s: %w", precision, err)
	}
	best, err := p.fastest(ctx, m.Duration)
	if err = errors.Join(err, p.session.Close()); err != nil {
		return Rate{}, fmt.Errorf("benchmark: product of matrices in %s: %w", precision, err)
	}
	cube := float64(m.Extent) * float64(m.Extent) * float64(m.Extent)
	return Rate{Precision: precision, Operations: 2 * cube / best.Seconds()}, nil
}

// product is a session that multiplies two matrices. The matrices are variables, since
// TensorFlow would compute a product of constants only once.
type product struct {
	session  *tf.Session
	multiply *tf.Operation
}

func (m Multiplication) product(dtype tf.DataType) (*product, error) {
	options, err := m.options()
	if err != nil {
		return nil, err
	}
	s, extent := op.NewScope(), int32(m.Extent)
	var assign []*tf.Operation
	var values []tf.Output
	for _, name := range []string{"a", "b"} {
		v := s.SubScope(name)
		shape := tf.MakeShape(int64(extent), int64(extent))
		handle := op.VarHandleOp(v, dtype, shape, op.VarHandleOpSharedName("benchmark/"+name))
		drawn := op.RandomUniform(v, op.Const(v.SubScope("shape"), []int32{extent, extent}), tf.Float)
		assign = append(assign, op.AssignVariableOp(v, handle, op.Cast(v, drawn, dtype)))
		values = append(values, op.ReadVariableOp(v, handle, dtype))
	}
	multiply := op.MatMul(s, values[0], values[1])
	graph, err := s.Finalize()
	if err != nil {
		return nil, err
	}
	session, err := tf.NewSession(graph, options)
	if err != nil {
		return nil, err
	}
	if _, err := session.Run(nil, nil, assign); err != nil {
		return nil, errors.Join(err, session.Close())
	}
	return &product{session, multiply.Op}, nil
}

// options returns session options that leave the GPU's memory to the measured programs.
func (m Multiplication) options() (*tf.SessionOptions, error) {
	config := &for_core_protos_go_proto.ConfigProto{IntraOpParallelismThreads: int32(m.Threads),
		GpuOptions: &for_core_protos_go_proto.GPUOptions{AllowGrowth: true}}
	if m.CPU {
		config.DeviceCount = map[string]int32{"GPU": 0}
	}
	raw, err := proto.Marshal(config)
	return &tf.SessionOptions{Config: raw}, err
}

// fastest multiplies for the duration, at least three times, and returns the shortest
// time.
func (p *product) fastest(ctx context.Context, duration time.Duration) (time.Duration, error) {
	begun, best := time.Now(), time.Duration(0)
	for i := 0; i < 3 || time.Since(begun) < duration; i++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		start := time.Now()
		if _, err := p.session.Run(nil, nil, []*tf.Operation{p.multiply}); err != nil {
			return 0, err
		}
		if took := time.Since(start); best == 0 || took < best {
			best = took
		}
	}
	return best, nil
}
