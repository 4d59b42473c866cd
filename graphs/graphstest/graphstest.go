// Package graphstest opens sessions on graphs for the tests of several packages.
package graphstest

import (
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Open opens a session for the graph of a scope and closes it when the test ends. If an
// operation of the scope failed, Open fails the test.
func Open(t testing.TB, s *op.Scope) *tf.Session {
	t.Helper()
	graph, err := s.Finalize()
	if err != nil {
		t.Fatal(err)
	}
	session, err := tf.NewSession(graph, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}
