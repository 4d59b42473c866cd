// Package benchmark compares training programs on one machine. It reads the run folders
// of interleaved runs and writes tables of times, ratios and memory.
//
// A machine's speed drifts during the measurements. Therefore a ratio is computed
// within a round, in which each contender runs once, and the median over the rounds is
// reported.
package benchmark
