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

// The jobs of a cluster. The job name of a worker outside of a session contains the
// release of TensorFlow, from which clients learn the release. In a session, all
// workers have the job "worker".
const (
	jobPrefix  = "tflab_"
	sessionJob = "worker"
)

// ownJob returns the job name of a worker of a release outside of a session.
func ownJob(version string) string { return jobPrefix + strings.ReplaceAll(version, ".", "_") }

// Start starts TensorFlow's server in this process, on only one address of the machine,
// and returns the address with its port. Port 0 means any free port. config is a
// serialized ConfigProto: the threads and devices of all sessions. The server runs
// until the process ends.
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

// resolve returns the only address that a server is to listen on, with a free port.
//
// TensorFlow's server shares its port with other processes that listen on it
// (SO_REUSEPORT). Therefore resolve first tries the port without that option.
func resolve(address string) (netip.AddrPort, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("cluster: %w: name another address with --listen HOST:PORT", err)
	}
	defer l.Close()
	at, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("cluster: listen on %s: %w", address, err)
	}
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port()), nil
}

// serverDef describes a server that is the only task of its job.
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

// start starts the server. The server runs until the process ends, since TensorFlow
// does not implement stopping it.
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
