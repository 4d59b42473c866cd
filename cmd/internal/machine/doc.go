// Package machine reads from /proc (Linux) what the system knows about this process and
// its machine.
package machine
