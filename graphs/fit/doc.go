// Package fit trains and evaluates compiled programs, like Keras's Model.fit, evaluate
// and predict: epochs over batches of examples, a history of means, and callbacks.
package fit
