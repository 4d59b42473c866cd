package fit

import "errors"

// Callback observes a training run. An error ends the run. Embed Nothing to implement
// only some of the methods. The callbacks of this package may be used for several runs,
// one after the other; each run starts with fresh state.
type Callback interface {
	Begin(*Run) error    // before the first epoch
	Step(*Run) error     // after each training step; must be fast
	EpochEnd(*Run) error // after each epoch and its validation, when the history has the epoch's row
	// End is called last. cause is the error that ended the run, or nil after its last
	// epoch.
	End(r *Run, cause error) error
}

// Nothing is a callback that does nothing.
type Nothing struct{}

// Begin does nothing.
func (Nothing) Begin(*Run) error { return nil }

// Step does nothing.
func (Nothing) Step(*Run) error { return nil }

// EpochEnd does nothing.
func (Nothing) EpochEnd(*Run) error { return nil }

// End does nothing.
func (Nothing) End(*Run, error) error { return nil }

// chain calls callbacks one after another.
type chain []Callback

func (c chain) Begin(r *Run) error { return c.each(func(cb Callback) error { return cb.Begin(r) }) }
func (c chain) Step(r *Run) error  { return c.each(func(cb Callback) error { return cb.Step(r) }) }
func (c chain) EpochEnd(r *Run) error {
	return c.each(func(cb Callback) error { return cb.EpochEnd(r) })
}

// End calls End of all callbacks, even if one returns an error.
func (c chain) End(r *Run, cause error) error {
	var all error
	for _, cb := range c {
		all = errors.Join(all, cb.End(r, cause))
	}
	return all
}

// reset resets this package's callbacks to their initial state, before the state of a
// resumed run is restored.
func (c chain) reset() {
	for _, cb := range c {
		if again, ok := cb.(interface{ reset() }); ok {
			again.reset()
		}
	}
}

func (c chain) each(call func(Callback) error) error {
	for _, cb := range c {
		if err := call(cb); err != nil {
			return err
		}
	}
	return nil
}

// OnEpochEnd returns a callback that calls a function.
func OnEpochEnd(f func(*Run) error) Callback { return epochEnd{f: f} }

type epochEnd struct {
	Nothing
	f func(*Run) error
}

func (e epochEnd) EpochEnd(r *Run) error { return e.f(r) }
