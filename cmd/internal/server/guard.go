package server

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// guard wraps all handlers. It refuses requests that a page of another site sends
// through a browser, and turns a panic into a response.
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
			s.fail(w, r, failf(403, "host %q: this server answers to localhost only: to serve other hosts, name an address with --listen", shorten([]byte(r.Host))))
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

// isLocal reports whether a Host header is a local name of this machine. A site whose
// name resolves to a loopback address (DNS rebinding) sends its own name.
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

// IsLoopback reports whether a listening address can be reached only from this machine.
func IsLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	return err == nil && host != "" && isLocal(host)
}
