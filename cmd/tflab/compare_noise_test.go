package main

import (
	"math"
	"slices"
	"testing"

	"github.com/tflab/tflab/graphs/npy"
)

func TestNudge(t *testing.T) {
	first := []float32{9, -9}
	entries := []npy.Entry{
		{Name: "dense/kernel", Array: npy.New([]int{1, 2}, first)},
		{Name: "dense_1/kernel", Array: npy.New([]int{2, 2}, []float32{0.5, -2, 1, 0})},
		{Name: "dense_1/bias", Array: npy.New([]int{2}, []float32{5, 6})},
	}
	nudge(entries)
	want := []float32{0.5, math.Float32frombits(math.Float32bits(-2) - 1), 1, 0} // one bit nearer to zero
	if got := entries[1].Array.Float32(); !slices.Equal(got, want) {
		t.Errorf("the last kernel is %v, want %v", got, want)
	}
	if got := entries[0].Array.Float32(); !slices.Equal(got, first) {
		t.Errorf("the first kernel is %v, want it untouched", got)
	}
}
