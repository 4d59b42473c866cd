package server

import (
	"errors"
	"fmt"
)

// statusError is an error with its HTTP status.
type statusError struct {
	status int
	error
}

func (e statusError) Unwrap() error { return e.error }

func failf(status int, format string, args ...any) error {
	return statusError{status, fmt.Errorf(format, args...)}
}

func badRequest(format string, args ...any) error { return failf(400, format, args...) }

// isStatus reports whether an error has an HTTP status of its own.
func isStatus(err error) bool { return errors.As(err, &statusError{}) }
