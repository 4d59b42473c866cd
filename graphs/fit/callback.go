package fit

import "errors"

// Callback watches a run. An error ends it. Embed Nothing to implement only
// what is needed. Those of this package may watch one run after another: each
// begins anew.
type Callback interface {
	Begin(*Run) error    // before the first epoch
	Step(*Run) error     // after each training step: it has to be quick
	EpochEnd(*Run) error // after each epoch and its validation; its row is the history's last
	// End comes last. cause is the error that ended the run, nil after its last
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

// End reaches all callbacks, whatever one of them returns.
func (c chain) End(r *Run, cause error) error {
	var all error
	for _, cb := range c {
		all = errors.Join(all, cb.End(r, cause))
	}
	return all
}

// reset takes this package's callbacks back to where they began, ahead of the
// state of a run that is resumed.
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

// OnEpochEnd makes a callback of a function.
func OnEpochEnd(f func(*Run) error) Callback { return epochEnd{f: f} }

type epochEnd struct {
	Nothing
	f func(*Run) error
}

func (e epochEnd) EpochEnd(r *Run) error { return e.f(r) }
