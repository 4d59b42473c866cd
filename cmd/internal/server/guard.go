package server

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// guard is around all handlers. It refuses what a page of another site sends
// through a browser, and turns a panic into an answer.
func (s *Server) guard(next http.Handler) http.Handler {
	foreign := http.NewCrossOriginProtection()
	foreign.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, failf(403, "a request from a page of another site (%s): refused", origin(r)))
	}))
	next = foreign.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				s.fail(w, r, fmt.Errorf("internal error: %v", p))
			}
		}()
		if s.options.Local && !isLocal(r.Host) {
			s.fail(w, r, failf(403, "host %q: this server answers to localhost only; to serve others, name an address by --listen", shorten([]byte(r.Host))))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func origin(r *http.Request) string {
	if o := r.Header.Get("Origin"); o != "" {
		return shorten([]byte(o))
	}
	return "unnamed"
}

// isLocal says whether a Host header names this machine as such. A site whose
// name was made to lead to a loopback address (DNS rebinding) has its own name
// there.
func isLocal(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(name)
	return err == nil && address.Unmap().IsLoopback()
}

// IsLoopback says whether only this machine reaches an address to listen on.
func IsLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	return err == nil && host != "" && isLocal(host)
}
