package graphs

import tf "github.com/wamuir/graft/tensorflow"

// SessionOptions are the settings of a session on the device of o, with its
// threads: those that Compile opens a session with, for graphs that Compile did
// not build.
func SessionOptions(o Options) (*tf.SessionOptions, error) { return o.sessionOptions() }
