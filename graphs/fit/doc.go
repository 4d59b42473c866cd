// Package fit trains and evaluates compiled programs, as Keras's Model.fit,
// evaluate and predict do: epochs over batches of examples, a history of means,
// callbacks that watch.
package fit
