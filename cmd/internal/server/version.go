package server

import (
	"fmt"
	"sync"
)

// version is a model while it is being served. When another version replaces it,
// requests that have started finish with this one.
type version struct {
	Description
	model   Model
	batcher *batcher
	using   sync.WaitGroup // requests in progress
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

// holder holds the current version.
type holder struct {
	mu      sync.RWMutex
	current *version
}

// take returns the current version for one request, which must call using.Done at its
// end, or nil if there is none.
func (h *holder) take() *version {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.current != nil {
		h.current.using.Add(1) // under the lock, so never after retire has started to wait
	}
	return h.current
}

// replace makes v the current version and returns the previous one.
func (h *holder) replace(v *version) *version {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.current
	h.current = v
	return before
}

// Use serves a model from now on and takes ownership of it. The previous model is
// closed when the last request that started with it has been answered; Use does not
// wait for that.
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

// Close closes the current version after its last request.
func (s *Server) Close() error {
	v := s.holder.replace(nil)
	s.retiring.Wait()
	if v == nil {
		return nil
	}
	return v.retire()
}
