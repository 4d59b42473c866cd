package experiment

import "runtime/debug"

// Version returns the module's version as recorded by the Go toolchain.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
