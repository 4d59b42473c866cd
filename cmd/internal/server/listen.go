package server

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"time"
)

// The time limits of a client. They allow for bodies from a slow phone, but not for a
// client that sends a byte now and then.
const (
	headerTime = 5 * time.Second
	bodyTime   = 30 * time.Second
	idleTime   = 2 * time.Minute
	drainTime  = 30 * time.Second
)

// Serve handles the connections of a listener until ctx ends, and then completes the
// requests that have started: no accepted request is lost, unless it takes too long.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	h := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       bodyTime,
		WriteTimeout:      bodyTime + s.options.Timeout + 10*time.Second,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.New(logWriter{s}, "", 0),
	}
	drained := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer cancel()
		drained <- h.Shutdown(limit)
	})
	err := h.Serve(l)
	if !errors.Is(err, http.ErrServerClosed) {
		stop()
		return err
	}
	if err := <-drained; err != nil {
		h.Close()
		return errors.Join(errors.New("requests were cut off: they took too long to end"), err)
	}
	return nil
}

// logWriter receives the log lines of package net/http.
type logWriter struct{ s *Server }

func (w logWriter) Write(line []byte) (int, error) {
	w.s.log("%s", line)
	return len(line), nil
}
