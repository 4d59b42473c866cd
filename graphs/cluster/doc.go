// Package cluster uses TensorFlow's gRPC runtime: it starts the server of a worker,
// queries workers, and places a graph's operations on them.
//
// A worker has no configuration except its own address. The client lists all workers of
// a session in the session's ClusterDef, and the workers then connect to one another by
// these addresses. The protocol has neither authentication nor encryption: anyone who
// can connect to a worker's port can run any graph there, with the rights of the
// worker's user.
package cluster
