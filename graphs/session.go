package graphs

import (
	tf "github.com/wamuir/graft/tensorflow"
	"google.golang.org/protobuf/proto"
)

// SessionOptions are the settings of a session on the device of o, with its
// threads: those that Compile opens a session with, for graphs that Compile did
// not build.
func SessionOptions(o Options) (*tf.SessionOptions, error) { return o.sessionOptions() }

// WorkerConfig are the settings of all sessions on a worker of a cluster, on the device
// of o with its threads, as a serialized ConfigProto.
func WorkerConfig(o Options) (config []byte, device Device, err error) {
	chosen, err := o.Device.choose()
	if err != nil {
		return nil, "", err
	}
	o.Device = chosen.device
	settings, err := o.config()
	if err != nil {
		return nil, "", err
	}
	// The operations that send and receive gradients run beside those that compute.
	settings.InterOpParallelismThreads = int32(max(2, o.Threads))
	settings.Experimental = nil
	config, err = proto.Marshal(settings)
	return config, o.Device, err
}

// session is what a program needs of a tf.Session.
type session interface {
	runner
	ListDevices() ([]tf.Device, error)
	Close() error
}
