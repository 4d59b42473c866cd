package cluster

// #include <stdlib.h>
// #include "tensorflow/c/c_api.h"
// #include "bind.h"
import "C"

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"unsafe"

	"github.com/wamuir/graft/tensorflow/core/protobuf/for_core_protos_go_proto"
	"google.golang.org/protobuf/proto"

	"github.com/tflab/tflab/graphs/release"
)

// The jobs of a cluster. A worker on its own bears the release of TensorFlow in the
// name of its job, by which a client learns it; in a session with other workers all
// are of the job "worker".
const (
	jobPrefix  = "tflab_"
	sessionJob = "worker"
)

// ownJob is the job of a worker of a release on its own.
func ownJob(version string) string { return jobPrefix + strings.ReplaceAll(version, ".", "_") }

// Start starts TensorFlow's server in this process, on one address of the machine
// alone, and returns the address with its port. Port 0 is any that is free. config is
// a serialized ConfigProto: threads and devices of all sessions. The server ends with
// the process.
func Start(address string, config []byte) (listening string, err error) {
	at, err := resolve(address)
	if err != nil {
		return "", err
	}
	definition, err := serverDef(ownJob(release.Loaded()), at, config)
	if err != nil {
		return "", fmt.Errorf("cluster: %w", err)
	}
	if !at.Addr().IsUnspecified() {
		ip := at.Addr().AsSlice()
		C.tflab_narrow((*C.uchar)(&ip[0]), C.size_t(len(ip)))
	}
	err = start(definition)
	narrowed := C.tflab_narrow(nil, 0)
	switch {
	case err != nil:
		return "", fmt.Errorf("cluster: listen on %s: %w", at, err)
	case narrowed == 0 && !at.Addr().IsUnspecified():
		return "", fmt.Errorf("cluster: listen on %s: TensorFlow's server did not bind as expected and may be open to other addresses: this is a defect, please report it", at)
	}
	return at.String(), nil
}

// resolve finds the one address that a server is to listen on, with a free port.
//
// TensorFlow's server shares its port with whoever else listens there (SO_REUSEPORT):
// the port is tried without that first.
func resolve(address string) (netip.AddrPort, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("cluster: %w: name another address by --listen HOST:PORT", err)
	}
	defer l.Close()
	at, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("cluster: listen on %s: %w", address, err)
	}
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port()), nil
}

// serverDef describes a server that knows itself alone, as a job.
func serverDef(job string, at netip.AddrPort, config []byte) ([]byte, error) {
	session := &for_core_protos_go_proto.ConfigProto{}
	if err := proto.Unmarshal(config, session); err != nil {
		return nil, err
	}
	return proto.Marshal(&for_core_protos_go_proto.ServerDef{
		Cluster: &for_core_protos_go_proto.ClusterDef{Job: []*for_core_protos_go_proto.JobDef{
			{Name: job, Tasks: map[int32]string{0: at.String()}}}},
		JobName:              job,
		DefaultSessionConfig: session,
		Protocol:             "grpc",
	})
}

// start starts the server. A started server ends with its process only: TensorFlow
// implements no stop.
func start(definition []byte) error {
	status := C.TF_NewStatus()
	defer C.TF_DeleteStatus(status)
	server := C.TF_NewServer(unsafe.Pointer(&definition[0]), C.size_t(len(definition)), status)
	if C.TF_GetCode(status) == C.TF_OK {
		C.TF_ServerStart(server, status)
	}
	if C.TF_GetCode(status) != C.TF_OK {
		return errors.New(C.GoString(C.TF_Message(status)))
	}
	return nil
}
