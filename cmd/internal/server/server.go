package server

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options are the settings of a server. New replaces zero values by defaults.
type Options struct {
	Name     string // of the network, in the paths
	Batching Batching
	MaxBody  int64         // limit for one body in bytes; 0 means 32 MiB
	Bodies   int64         // limit for all bodies that are being read or decoded, in bytes; 0 means 256 MiB
	Timeout  time.Duration // from a decoded request to its response; 0 means 30 s
	Decode   DecodeImage
	// Local restricts the server to this machine: it refuses requests to other host
	// names, so that no web page can reach it through a host name that resolves to this
	// machine.
	Local bool
	// Log receives lines for the operator. It may be nil.
	Log func(line string)
}

func (o Options) withDefaults() Options {
	set := func(n *int, to int) {
		if *n == 0 {
			*n = to
		}
	}
	set(&o.Batching.Max, 64)
	set(&o.Batching.Queue, 1024)
	set(&o.Batching.Runs, 1)
	if o.MaxBody == 0 {
		o.MaxBody = 32 << 20
	}
	if o.Bodies == 0 {
		o.Bodies = max(256<<20, 2*o.MaxBody)
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	return o
}

// Server answers requests with the model of the latest call of Use.
type Server struct {
	options  Options
	holder   holder
	retiring sync.WaitGroup
	bodies   atomic.Int64 // bytes of requests that are being read or decoded
	decoding chan struct{}
	page     page
}

// New returns a server that answers 503 until Use sets a model.
func New(o Options) *Server {
	o = o.withDefaults()
	s := &Server{options: o, decoding: make(chan struct{}, decoders), page: newPage()}
	return s
}

// decoders is the number of image files decoded concurrently: each may take some
// hundred megabytes.
const decoders = 2

func (s *Server) log(format string, args ...any) {
	if s.options.Log != nil {
		s.options.Log(fmt.Sprintf(format, args...))
	}
}

// Handler returns the handler of all requests.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page.serve)
	mux.HandleFunc("GET /page.json", s.servePageInfo)
	mux.HandleFunc("/v1/", s.serveAPI)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, failf(404, "%s %s: not found: see / and /v1/models/%s", r.Method, r.URL.Path, s.options.Name))
	})
	return s.guard(mux)
}

// decoder returns Options.Decode for one request. It limits concurrent decoding and
// stops when the request's time is over.
func (s *Server) decoder(ctx context.Context) DecodeImage {
	return func(file []byte, shape [3]int) ([]byte, error) {
		select {
		case s.decoding <- struct{}{}:
			defer func() { <-s.decoding }()
			return s.options.Decode(file, shape)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// readBody reads a body within the limits. The caller calls release when it no longer
// needs the body.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) (body []byte, release func(), err error) {
	if r.ContentLength > s.options.MaxBody {
		return nil, nil, s.tooLarge()
	}
	held := int64(0)
	release = func() { s.bodies.Add(-held) }
	from := http.MaxBytesReader(w, r.Body, s.options.MaxBody)
	body = make([]byte, 0, min(max(r.ContentLength+1, 512), 64<<10))
	for {
		if len(body) == cap(body) { // grows with the bytes received, not with the announced length
			body = append(body, 0)[:len(body)]
		}
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		held += int64(n)
		if s.bodies.Add(int64(n)) > s.options.Bodies {
			release()
			return nil, nil, errOverloaded
		}
		if err == io.EOF {
			return body, release, nil
		}
		if err != nil {
			release()
			return nil, nil, s.readError(err)
		}
	}
}

func (s *Server) tooLarge() error {
	return failf(413, "a body of more than %d bytes: send fewer instances in a request", s.options.MaxBody)
}

func (s *Server) readError(err error) error {
	var large *http.MaxBytesError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &large):
		return s.tooLarge()
	case errors.As(err, &timeout) && timeout.Timeout():
		return failf(408, "the body was not complete in time")
	}
	return badRequest("the body broke off: %v", err)
}

// reply writes a JSON response.
func (s *Server) reply(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone does not read an error, either
}

// fail responds with an error in Serving's format.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := 500
	var known statusError
	switch {
	case errors.As(err, &known):
		status = known.status
	case errors.Is(err, context.Canceled):
		status = 499 // the client has gone: nobody reads this
	default:
		s.log("%s %s: %v", r.Method, r.URL.Path, err)
	}
	if status == 503 {
		w.Header().Set("Retry-After", "1")
	}
	body, _ := json.Marshal(map[string]string{"error": err.Error()}) // marshalling a string cannot fail
	s.reply(w, status, append(body, '\n'))
}
