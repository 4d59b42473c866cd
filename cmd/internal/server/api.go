package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// The paths of the API. As in Serving, they are case-insensitive.
var (
	callPath   = regexp.MustCompile(`(?i)^/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?:(classify|regress|predict|activations)$`)
	statusPath = regexp.MustCompile(`(?i)^/v1/models(?:/([^/:]+))?(?:/versions/(\d+)|/labels/([^/:]+))?(/metadata)?$`)
)

// target is the resource that a path names.
type target struct {
	name    string
	version int64 // -1 means the latest
	verb    string
}

// serveAPI handles all requests below /v1/.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	t, err := s.target(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v := s.holder.take()
	if v == nil {
		s.fail(w, r, failf(503, "no version of %s is loaded", s.options.Name))
		return
	}
	defer v.using.Done()
	if err := s.find(t, v); err != nil {
		s.fail(w, r, err)
		return
	}
	body, err := s.answer(w, r, t, v)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("X-Model-Version", strconv.FormatInt(v.Version, 10))
	s.reply(w, http.StatusOK, body)
}

// target parses the path and checks the method.
func (s *Server) target(r *http.Request) (target, error) {
	path := r.URL.EscapedPath()
	pattern := statusPath
	if r.Method == http.MethodPost {
		pattern = callPath
	}
	m := pattern.FindStringSubmatch(path)
	if m == nil || r.Method != http.MethodPost && r.Method != http.MethodGet && r.Method != http.MethodHead {
		return target{}, badRequest("Malformed request: %s %s", r.Method, path)
	}
	name, err := url.PathUnescape(m[1])
	if err != nil {
		return target{}, badRequest("model name %q: %v", m[1], err)
	}
	if name == "" {
		return target{}, badRequest("Missing model name in request.")
	}
	t := target{name: name, version: -1, verb: strings.ToLower(m[4])}
	if t.verb == "" {
		t.verb = "status"
	}
	if m[2] != "" {
		if t.version, err = strconv.ParseInt(m[2], 10, 64); err != nil {
			return target{}, badRequest("version %q: want a number", m[2])
		}
	}
	if m[3] != "" {
		return target{}, failf(404, "label %q: this server has no version labels: want a version number", m[3])
	}
	return t, nil
}

// find checks that the requested model and version are being served.
func (s *Server) find(t target, v *version) error {
	if t.name == s.options.Name && (t.version < 0 || t.version == v.Version) {
		return nil
	}
	switch {
	case t.verb == "status" && t.version < 0:
		return failf(404, "Could not find any versions of model %s", t.name)
	case t.verb == "status":
		return failf(404, "Could not find version %d of model %s", t.version, t.name)
	case t.version < 0:
		return failf(404, "Servable not found for request: Latest(%s)", t.name)
	}
	return failf(404, "Servable not found for request: Specific(%s, %d)", t.name, t.version)
}

// answer returns the body of the response.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, t target, v *version) ([]byte, error) {
	switch t.verb {
	case "status":
		return encodeStatus(v)
	case "/metadata":
		return encodeMetadata(s.options.Name, v)
	}
	body, release, err := s.readBody(w, r)
	if err != nil {
		return nil, err
	}
	defer release()
	ctx, cancel := context.WithTimeoutCause(r.Context(), s.options.Timeout, failf(504, "no answer within %s", s.options.Timeout))
	defer cancel()
	switch t.verb {
	case "predict":
		return s.predict(ctx, v, body)
	case "activations":
		return s.activations(ctx, v, body)
	}
	return s.examples(ctx, v, t.verb, body)
}

// predict handles :predict.
func (s *Server) predict(ctx context.Context, v *version, body []byte) ([]byte, error) {
	request, err := decodePredict(body, v, s.decoder(ctx))
	if err != nil {
		return nil, err
	}
	outputs, err := v.batcher.run(ctx, request.signature, request.inputs, request.rows)
	if err != nil {
		return nil, runError(request.inputs, v, request.signature, err)
	}
	return encodePredict(outputs, request.columnar)
}

// runError distinguishes errors of the request from errors of the server. Images have
// been checked against the signature; whether other inputs fit, only TensorFlow can
// tell.
func runError(inputs tensors, v *version, signature string, err error) error {
	if isStatus(err) || errors.Is(err, context.Canceled) {
		return err
	}
	err = fmt.Errorf("signature %q: %w", signature, err)
	known, _ := v.signature(signature)
	for name := range inputs {
		input, _ := known.Input(name)
		if _, is := v.imageInput(input); !is {
			return statusError{400, err}
		}
	}
	return err
}
