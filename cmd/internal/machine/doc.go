// Package machine asks the system about this process and the machine that it runs
// on, as Linux shows both in /proc.
package machine
