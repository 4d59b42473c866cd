// Package cluster is TensorFlow's own gRPC runtime: the server of a worker, what a
// client finds out about workers, and the placement of a graph's operations on them.
//
// A worker knows nothing but itself. The client names all workers of a session in the
// session's ClusterDef, and the workers then connect to one another by these
// addresses. The protocol has neither authentication nor encryption: whoever reaches
// a worker's port can run any graph there, with the rights of the worker's user.
package cluster
