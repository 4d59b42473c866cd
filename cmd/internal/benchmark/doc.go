// Package benchmark holds training programs against each other on one machine:
// the run folders of interleaved runs in, tables of times, ratios and memory out.
//
// Machines drift while they are measured, so a ratio is taken within a round, in
// which each contender runs once, and the median of the rounds is told.
package benchmark
