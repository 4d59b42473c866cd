package graphs

import (
	"fmt"
	"runtime"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// pieceBytes is the number of bytes of images sent to the workers at a time. A feed of
// more than 2 GB would abort the process, and each feed is copied several times.
const pieceBytes = 32 << 20

// pieces sets the images of a stage piece by piece.
type pieces struct {
	rows   int       // number of images in a piece
	extent tf.Output // shape of the images, int32 [4], a placeholder
	piece  tf.Output // uint8, a placeholder
	span   tf.Output // first row of the piece and the row after its last, int64 [2], a placeholder
	clear  *tf.Operation
	put    *tf.Operation
}

// newPieces adds the operations to a stage's scope.
func newPieces(s *op.Scope, st *Stage) *pieces {
	s = s.SubScope("pieces")
	h, w, c := int64(st.shape[0]), int64(st.shape[1]), int64(st.shape[2])
	p := &pieces{
		rows:   max(1, pieceBytes/int(h*w*c)),
		extent: op.Placeholder(s.SubScope("extent"), tf.Int32, op.PlaceholderShape(tf.MakeShape(4))),
		piece:  op.Placeholder(s.SubScope("piece"), tf.Uint8, op.PlaceholderShape(tf.MakeShape(-1, h, w, c))),
		span:   op.Placeholder(s.SubScope("span"), tf.Int64, op.PlaceholderShape(tf.MakeShape(2))),
	}
	var cleared, put []*tf.Operation
	for m := range st.mirrors.all() {
		own := st.mirrors.scope(s, m)
		at := func(name string, i int64) tf.Output {
			n := own.SubScope(name)
			return op.Slice(n, p.span, op.Const(n.SubScope("begin"), []int64{i}), op.Const(n.SubScope("size"), []int64{1}))
		}
		images := st.images.on(m).handle
		black := op.Fill(own.SubScope("black"), p.extent, op.Const(own.SubScope("zero"), uint8(0)))
		cleared = append(cleared, op.AssignVariableOp(own.SubScope("clear"), images, black))
		put = append(put, op.ResourceStridedSliceAssign(own.SubScope("put"), images, at("from", 0), at("to", 1), op.Const(own.SubScope("one"), []int64{1}), p.piece))
	}
	if s.Err() != nil {
		return nil
	}
	p.clear = op.NoOp(s.SubScope("clear").WithControlDependencies(cleared...))
	p.put = op.NoOp(s.SubScope("put").WithControlDependencies(put...))
	return p
}

// putPieces sets the variables of the data, piece by piece.
func (st *Stage) putPieces(e Examples) error {
	shape, p := st.shape, st.inPieces
	extent, err := tf.NewTensor([]int32{int32(e.Len()), int32(shape[0]), int32(shape[1]), int32(shape[2])})
	if err != nil {
		return fmt.Errorf("graphs: images: %w", err)
	}
	var all state
	labels, err := byteTensor([]int{e.Len()}, e.Labels())
	all.set(st.labels, labels, err)
	all.targets = append(all.targets, p.clear)
	if all.err == nil {
		all.feeds[p.extent] = extent
	}
	if err := all.apply(st.session); err != nil {
		return err
	}
	size := shape[0] * shape[1] * shape[2]
	for from := 0; from < e.Len(); from += p.rows {
		to := min(from+p.rows, e.Len())
		piece, err := byteTensor([]int{to - from, shape[0], shape[1], shape[2]}, e.Images()[from*size:to*size])
		if err != nil {
			return fmt.Errorf("graphs: images: %w", err)
		}
		span, err := tf.NewTensor([]int64{int64(from), int64(to)})
		if err != nil {
			return fmt.Errorf("graphs: images: %w", err)
		}
		if _, err := st.session.Run(map[tf.Output]*tf.Tensor{p.piece: piece, p.span: span}, nil, []*tf.Operation{p.put}); err != nil {
			return fmt.Errorf("graphs: images %d to %d: %w", from, to, err)
		}
		runtime.GC() // frees the memory of the piece, which Go does not account for
	}
	st.rows = e.Len()
	return nil
}
