package graphs

import (
	"regexp"
	"slices"
	"strconv"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// mirrors is the number of devices that train together: workers of a cluster, or GPUs.
// Each has all variables (weights, slots, the data) and takes a part of each batch. The
// gradients are summed over all mirrors, and each mirror updates its own weights, which
// stay equal to the bit. With fewer than two, there is no mirroring.
//
// While the graph is being built, no operation has a device, because the C API's
// gradients require this. The name of an operation contains its mirror, and its device
// is set later. Operations outside the scope of a mirror belong to mirror 0.
type mirrors int

// mirrorPrefix is the prefix of the names of mirrors' scopes. No layer's name contains
// it.
const mirrorPrefix = "mirror."

var mirrorName = regexp.MustCompile(`(?:^|/)` + regexp.QuoteMeta(mirrorPrefix) + `(\d+)`)

// mirrorOf returns the mirror of an operation by its name.
func mirrorOf(operation string) int {
	m := mirrorName.FindStringSubmatch(operation)
	if m == nil {
		return 0
	}
	i, _ := strconv.Atoi(m[1]) // the pattern matches only digits
	return i
}

// scope returns the scope of a mirror within s.
func (n mirrors) scope(s *op.Scope, mirror int) *op.Scope {
	if n < 2 {
		return s
	}
	return s.SubScope(mirrorPrefix + strconv.Itoa(mirror))
}

// all returns the number of mirrors, at least one.
func (n mirrors) all() int { return max(1, int(n)) }

// variable calls newVariable on each mirror.
func (n mirrors) variable(s *op.Scope, name string, dtype tf.DataType, shape ...int64) variable {
	v := newVariable(s, name, dtype, shape...)
	if n < 2 || s.Err() != nil {
		return v
	}
	set := []*tf.Operation{v.assign}
	v.copies = []variable{v}
	for i := 1; i < int(n); i++ {
		own := n.scope(s, i)
		c := newVariable(own, name, dtype, shape...)
		v.copies = append(v.copies, c)
		set = append(set, op.AssignVariableOp(own.SubScope(name+"/mirrored"), c.handle, v.feed))
	}
	v.assign = op.NoOp(s.SubScope(name + "/all").WithControlDependencies(set...))
	return v
}

// on returns the variable of one mirror.
func (v variable) on(mirror int) variable {
	if len(v.copies) == 0 {
		return v
	}
	return v.copies[mirror]
}

// fillCopies fills each copy of a variable with a value.
func (v variable) fillCopies(s *op.Scope, shape []int, value float64) *tf.Operation {
	var done []*tf.Operation
	for i, c := range v.copies {
		done = append(done, c.fill(mirrors(len(v.copies)).scope(s, i), shape, value))
	}
	if s.Err() != nil {
		return nil
	}
	return op.NoOp(s.SubScope("fill/" + v.name + "/all").WithControlDependencies(done...))
}

// share is the part of a batch that a mirror takes.
type share struct {
	images, labels tf.Output
	rows           *span     // of the batch; nil means all rows
	batch          tf.Output // number of examples in the whole batch, int32 [1]; if not set, that of labels
}

// spanOf returns one of n parts of the given number of rows, int32 [1], as equal as
// possible.
func spanOf(s *op.Scope, rows tf.Output, part, n int) span {
	cut := func(name string, i int) tf.Output {
		own := s.SubScope(name)
		share := op.Mul(own.SubScope("share"), rows, op.Const(own.SubScope("i"), []int32{int32(i)}))
		return op.FloorDiv(own.SubScope("row"), share, op.Const(own.SubScope("n"), []int32{int32(n)}))
	}
	return span{cut("from", part), cut("to", part+1)}
}

// constantSpan is spanOf for a known number of rows.
func constantSpan(s *op.Scope, rows, part, n int) span {
	from, to := spanAt(rows, part, n)
	return span{op.Const(s.SubScope("from"), []int32{int32(from)}), op.Const(s.SubScope("to"), []int32{int32(to)})}
}

// spanAt is spanOf for integers.
func spanAt(rows, part, n int) (from, to int) { return rows * part / n, rows * (part + 1) / n }

// addMirrored sums tensors of one shape from different mirrors. The sum is reproducible
// to the bit. AddN with three or more inputs is not, because TensorFlow adds them in
// the order of arrival.
func addMirrored(s *op.Scope, parts []tf.Output) tf.Output {
	if s.Err() != nil || len(parts) == 1 {
		return parts[0]
	}
	if len(parts) == 2 {
		return op.AddV2(s, parts[0], parts[1])
	}
	return op.Sum(s, op.Pack(s, parts), op.Const(s.SubScope("axis"), []int32{0}))
}

// mirrorOnGPUs makes each replica a mirror on its own GPU: Options.Device and the GPUs
// that follow it.
func (p *Program) mirrorOnGPUs() {
	p.mirrors = mirrors(p.options.Replicas)
	for i := range p.options.Replicas {
		p.devices = append(p.devices, "/device:GPU:"+strconv.Itoa(i)) // TensorFlow numbers the visible GPUs from 0
	}
}

// place sets the devices of the operations added since the last call.
func (p *Program) place() error {
	if p.placement == nil {
		return nil
	}
	return p.placement.Place(func(operation string) string { return p.devices[min(mirrorOf(operation), len(p.devices)-1)] })
}

// on returns the tensors that are on a mirror.
func (n mirrors) on(mirror int, all []tf.Output) []tf.Output {
	if n < 2 {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(x tf.Output) bool { return mirrorOf(x.Op.Name()) != mirror })
}

// at returns the scope for operations on a tensor, on its mirror.
func (w *walk) at(x tf.Output) *op.Scope {
	if w.mirrors < 2 || w.scope.Err() != nil {
		return w.scope
	}
	return w.mirrors.scope(w.scope, mirrorOf(x.Op.Name()))
}

// sumMirrored sums the gradients from each mirror on that mirror, then the mirrors'
// sums.
func (w *walk) sumMirrored(all []gradient) gradient {
	from := make([][]gradient, w.mirrors)
	for _, g := range all {
		m := mirrorOf(g.at.Op.Name())
		from[m] = append(from[m], g)
	}
	var sums []tf.Output
	for m, gs := range from {
		if len(gs) > 1 {
			gs = []gradient{w.addUp(w.mirrors.scope(w.scope, m), gs)}
		}
		for _, g := range gs {
			sums = append(sums, g.at)
		}
	}
	return gradient{at: addMirrored(w.scope.SubScope("mirrored"), sums)}
}

// align adds an operation that copies variables from the first mirror to all others. On
// machines of one kind they are equal already, but machines of different kinds may
// round differently.
func (n mirrors) align(s *op.Scope, variables []variable) *tf.Operation {
	if n < 2 {
		return nil
	}
	var set []*tf.Operation
	for _, v := range variables {
		for m := 1; m < int(n); m++ {
			set = append(set, op.AssignVariableOp(n.scope(s, m).SubScope(v.name), v.on(m).handle, v.value))
		}
	}
	return op.NoOp(s.SubScope("done").WithControlDependencies(set...))
}
