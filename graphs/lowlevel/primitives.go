package lowlevel

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	tg "github.com/galeone/tfgo"
)

// The primitive operations of the package, with short names for readable formulas. Each
// has its own scope, because a scope does not make operation names unique. Binary
// operations broadcast; reductions keep the reduced axes with length one.

func sub(s *op.Scope, a, b tf.Output) tf.Output { return op.Sub(s.SubScope("Sub"), a, b) }
func mul(s *op.Scope, a, b tf.Output) tf.Output { return op.Mul(s.SubScope("Mul"), a, b) }
func exp(s *op.Scope, x tf.Output) tf.Output    { return op.Exp(s.SubScope("Exp"), x) }
func log(s *op.Scope, x tf.Output) tf.Output    { return op.Log(s.SubScope("Log"), x) }
func sqrt(s *op.Scope, x tf.Output) tf.Output   { return op.Sqrt(s.SubScope("Sqrt"), x) }
func square(s *op.Scope, x tf.Output) tf.Output { return op.Square(s.SubScope("Square"), x) }

// div returns a / b, or 0 where b is 0.
func div(s *op.Scope, a, b tf.Output) tf.Output { return op.DivNoNan(s.SubScope("Div"), a, b) }

// weigh returns a * b, or 0 where b is 0, even for an infinite a.
func weigh(s *op.Scope, a, b tf.Output) tf.Output { return op.MulNoNan(s.SubScope("Weigh"), a, b) }

// zerosLike returns a tensor of zeros of x's shape and type.
func zerosLike(s *op.Scope, x tf.Output) tf.Output {
	return op.ZerosLike(s.SubScope("ZerosLike"), x)
}

// onesLike returns a tensor of ones of x's shape and type.
func onesLike(s *op.Scope, x tf.Output) tf.Output {
	return op.OnesLike(s.SubScope("OnesLike"), x)
}

// equal returns 1, in a's type, where a equals b, and 0 elsewhere.
func equal(s *op.Scope, a, b tf.Output) tf.Output {
	return tg.Cast(s, op.Equal(s.SubScope("Equal"), a, b), a.DataType())
}

func maxOver(s *op.Scope, x tf.Output, axes ...int32) tf.Output {
	return op.Max(s.SubScope("Max"), x, tg.Const(s, axes), op.MaxKeepDims(true))
}

func minOver(s *op.Scope, x tf.Output, axes ...int32) tf.Output {
	return op.Min(s.SubScope("Min"), x, tg.Const(s, axes), op.MinKeepDims(true))
}

func sumOver(s *op.Scope, x tf.Output, axes ...int32) tf.Output {
	return op.Sum(s.SubScope("Sum"), x, tg.Const(s, axes), op.SumKeepDims(true))
}

func meanOver(s *op.Scope, x tf.Output, axes ...int32) tf.Output {
	return op.Mean(s.SubScope("Mean"), x, tg.Const(s, axes), op.MeanKeepDims(true))
}

// runningSum returns the cumulative sum along the axis.
func runningSum(s *op.Scope, x tf.Output, axis int32) tf.Output {
	return op.Cumsum(s.SubScope("Cumsum"), x, tg.Const(s, axis))
}

func matmul(s *op.Scope, a, b tf.Output, transpose ...op.MatMulAttr) tf.Output {
	return op.MatMul(s.SubScope("MatMul"), a, b, transpose...)
}

// reshape keeps the row-major order of x; one extent may be -1, to be inferred.
func reshape(s *op.Scope, x tf.Output, shape ...int64) tf.Output {
	return op.Reshape(s.SubScope("Reshape"), x, tg.Const(s, shape))
}

func transpose(s *op.Scope, x tf.Output, axes ...int32) tf.Output {
	return op.Transpose(s.SubScope("Transpose"), x, tg.Const(s, axes))
}

func reverse(s *op.Scope, x tf.Output, axes ...int32) tf.Output {
	return op.ReverseV2(s.SubScope("Reverse"), x, tg.Const(s, axes))
}

// crop returns height x width elements of a batch of maps, starting at row and column.
func crop(s *op.Scope, x tf.Output, row, column, height, width int64) tf.Output {
	return op.Slice(s.SubScope("Crop"), x,
		tg.Const(s, []int64{0, row, column, 0}), tg.Const(s, []int64{-1, height, width, -1}))
}

// pad adds rows of zeros above and below a batch of maps, and columns of zeros to the
// left and right.
func pad(s *op.Scope, x tf.Output, above, below, left, right int64) tf.Output {
	return op.Pad(s.SubScope("Pad"), x,
		tg.Const(s, [][]int64{{0, 0}, {above, below}, {left, right}, {0, 0}}))
}

func concat(s *op.Scope, axis int32, parts []tf.Output) tf.Output {
	if len(parts) == 1 { // TensorFlow's Concat requires two
		return parts[0]
	}
	return op.ConcatV2(s.SubScope("Concat"), parts, tg.Const(s, axis))
}
