// Package graphstest opens sessions on graphs for the tests of several packages.
package graphstest

import (
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Open opens a session on the graph of a scope; the end of the test closes the
// session. An operation of the scope that failed ends the test.
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
