package server

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
)

//go:embed page.html
var pageHTML string

// page serves the page at /, with a policy that allows only its own style and script.
type page struct{ policy string }

func newPage() page {
	return page{policy: fmt.Sprintf(
		"default-src 'none'; script-src '%s'; style-src '%s'; connect-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		digest("script"), digest("style"))}
}

// digest returns the digest of the text between the tags of the page's only script or
// style.
func digest(tag string) string {
	_, rest, _ := strings.Cut(pageHTML, "<"+tag+">")
	text, _, _ := strings.Cut(rest, "</"+tag+">")
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func (p page) serve(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	_, _ = w.Write([]byte(pageHTML)) // a client that has gone does not read an error, either
}

// pageInfo describes the network to the page.
type pageInfo struct {
	Name        string   `json:"name"`
	Version     int64    `json:"version"`
	Source      string   `json:"source"`
	Image       [3]int   `json:"image"` // height, width, channels; zero if the input is not images
	Bytes       bool     `json:"bytes"` // pixels are 0 to 255 rather than 0 to 1
	Rank        int      `json:"rank"`  // rank of the input: 4, or 3 for images in a plane, or 2 for images in a row
	Labels      []string `json:"labels"`
	Activations bool     `json:"activations"`
}

func (s *Server) servePageInfo(w http.ResponseWriter, r *http.Request) {
	v := s.holder.take()
	if v == nil {
		s.fail(w, r, failf(503, "no version of %s is loaded", s.options.Name))
		return
	}
	defer v.using.Done()
	info := pageInfo{Name: s.options.Name, Version: v.Version, Source: v.Source, Image: v.Image, Labels: append([]string{}, v.Labels...)}
	_, info.Activations = v.model.(Activations)
	if s, ok := v.signature(v.defaultSignature()); ok && len(s.Inputs) == 1 {
		info.Bytes, info.Rank = s.Inputs[0].DType == tf.Uint8, len(s.Inputs[0].Shape)
	}
	body, err := encode(info)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.reply(w, http.StatusOK, body)
}
