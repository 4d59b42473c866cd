package server

import (
	"fmt"
	"sync"
)

// version is a model while it is served. The one that takes its place lets those
// requests that have begun with it end.
type version struct {
	Description
	model   Model
	batcher *batcher
	using   sync.WaitGroup // requests
}

// retire closes a version after its last request.
func (v *version) retire() error {
	v.using.Wait()
	v.batcher.close()
	if err := v.model.Close(); err != nil {
		return fmt.Errorf("close version %d: %w", v.Version, err)
	}
	return nil
}

// holder has the version that is served.
type holder struct {
	mu      sync.RWMutex
	current *version
}

// take returns the current version for one request, which has to call
// using.Done at its end; nil where there is none.
func (h *holder) take() *version {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.current != nil {
		h.current.using.Add(1) // under the lock, so never after retire has begun to wait
	}
	return h.current
}

// replace makes a version the current one and returns the one before.
func (h *holder) replace(v *version) *version {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.current
	h.current = v
	return before
}

// Use serves a model from now on, which the server closes. The model that was
// served until now is closed when the last request that it has begun is answered,
// which Use does not wait for.
func (s *Server) Use(m Model, d Description) {
	v := &version{Description: d, model: m, batcher: newBatcher(m, s.options.Batching)}
	before := s.holder.replace(v)
	if before == nil {
		return
	}
	s.retiring.Go(func() {
		if err := before.retire(); err != nil {
			s.log("%v", err)
		}
	})
}

// Close closes what is served, after its last request.
func (s *Server) Close() error {
	v := s.holder.replace(nil)
	s.retiring.Wait()
	if v == nil {
		return nil
	}
	return v.retire()
}
