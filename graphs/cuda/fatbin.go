package cuda

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Embedded lists the GPU code in a library: machine code for certain compute
// capabilities, and PTX, which the driver compiles at first use.
type Embedded struct {
	Machine []Capability // ascending
	PTX     []Capability // ascending
	// Toolkit is the oldest CUDA version whose driver can compile all of the PTX.
	Toolkit Version
}

// The container of GPU code in an ELF file: a header, then for each capability an entry
// header and the code, as 'cuobjdump --list-elf --list-ptx' shows it. NVIDIA publishes
// no description. An entry starts with its kind and size, followed by the PTX version
// and the capability.
const (
	fatbinSection = ".nv_fatbin"
	fatbinMagic   = 0xBA55ED50
	fatbinHeader  = 16
	entryHeader   = 32
	kindPTX       = 1
	kindMachine   = 2
)

// errNoCode means that a library has no GPU code.
var errNoCode = errors.New("has no GPU code")

// embedded lists the GPU code in the ELF file at path.
func embedded(path string) (Embedded, error) {
	f, err := elf.Open(path)
	if err != nil {
		return Embedded{}, err
	}
	defer f.Close()
	section := f.Section(fatbinSection)
	if section == nil {
		return Embedded{}, fmt.Errorf("%s: %w", path, errNoCode)
	}
	e, err := scanFatbins(section, int64(section.Size))
	if err != nil {
		return Embedded{}, fmt.Errorf("%s: %s: %w", path, fatbinSection, err)
	}
	return e, nil
}

// scanFatbins reads the headers of all containers in a section and skips the code.
func scanFatbins(r io.ReaderAt, size int64) (Embedded, error) {
	var e Embedded
	var header [entryHeader]byte
	for at := int64(0); at+fatbinHeader <= size; {
		if _, err := r.ReadAt(header[:fatbinHeader], at); err != nil {
			return e, err
		}
		if binary.LittleEndian.Uint32(header[:]) != fatbinMagic {
			at += 8 // padding
			continue
		}
		entry := at + int64(binary.LittleEndian.Uint16(header[6:]))
		length := binary.LittleEndian.Uint64(header[8:])
		if entry < at+fatbinHeader || entry > size || length > uint64(size-entry) {
			return e, fmt.Errorf("the container at byte %d has %d bytes, more than the section", at, length)
		}
		end := entry + int64(length)
		for entry+entryHeader <= end {
			if _, err := r.ReadAt(header[:], entry); err != nil {
				return e, err
			}
			e.add(header[:])
			next := uint64(binary.LittleEndian.Uint32(header[4:])) + binary.LittleEndian.Uint64(header[8:])
			if next < entryHeader || next > uint64(end-entry) {
				return e, fmt.Errorf("the entry at byte %d has %d bytes: want %d to %d", entry, next, entryHeader, end-entry)
			}
			entry += int64(next)
		}
		at = (end + 7) &^ 7
	}
	if len(e.Machine)+len(e.PTX) == 0 {
		return e, errNoCode
	}
	slices.SortFunc(e.Machine, compareCapabilities)
	slices.SortFunc(e.PTX, compareCapabilities)
	return e, nil
}

// add records an entry by its header.
func (e *Embedded) add(header []byte) {
	arch := int(binary.LittleEndian.Uint32(header[28:]))
	capability := Capability{arch / 10, arch % 10}
	switch binary.LittleEndian.Uint16(header) {
	case kindMachine:
		if !slices.Contains(e.Machine, capability) {
			e.Machine = append(e.Machine, capability)
		}
	case kindPTX:
		if !slices.Contains(e.PTX, capability) {
			e.PTX = append(e.PTX, capability)
		}
		minor, major := binary.LittleEndian.Uint16(header[24:]), binary.LittleEndian.Uint16(header[26:])
		if v := toolkitOf(int(major), int(minor)); e.Toolkit.Before(v) {
			e.Toolkit = v
		}
	}
}

// toolkitOf returns the CUDA version that introduced a PTX version: 8.3 came with CUDA
// 12.3, 9.0 with 13.0.
func toolkitOf(major, minor int) Version { return Version{Major: major + 4, Minor: minor} }

func compareCapabilities(a, b Capability) int {
	return 100*(a.Major-b.Major) + a.Minor - b.Minor
}

// Fit says how code can run on a GPU.
type Fit int

// The ways in which code can run.
const (
	Native  Fit = iota // as machine code
	Compile            // as PTX that the driver compiles at first use
	None               // not at all
)

// Fit returns how the code can run on a GPU of capability c. Machine code runs on later
// minor versions of its capability, PTX on all later capabilities.
func (e Embedded) Fit(c Capability) Fit {
	for _, m := range e.Machine {
		if m.Major == c.Major && m.Minor <= c.Minor {
			return Native
		}
	}
	for _, p := range e.PTX {
		if compareCapabilities(p, c) <= 0 {
			return Compile
		}
	}
	return None
}
