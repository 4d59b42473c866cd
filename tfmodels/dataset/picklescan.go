package dataset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// maxOpcodes is about ten times the number in a batch of CIFAR-10. It limits the memory
// that a file of small opcodes can take.
const maxOpcodes = 1 << 20

// Opcodes by the argument that follows them, according to Python's pickletools. Opcodes
// that create instances of classes, or refer to objects outside the pickle, are in none
// of these lists and so refused.
const (
	opsPlain  = "(.012NRabd}el]st)u\x85\x86\x87\x88\x89\x93\x94"
	opsByte1  = "Khq\x80"
	opsByte2  = "M"
	opsByte4  = "Jjr"
	opsByte8  = "G"
	opsCount1 = "U\x8a\x8cC"
	opsCount4 = "TX\x8bB"
	opsCount8 = "\x8d\x8e\x96"
	opsLine   = "ILFSVgp"
	opGlobal  = 'c'    // two lines
	opFrame   = '\x95' // a count of bytes that are opcodes themselves
	opStop    = '.'
)

// scanPickle checks the opcodes of a pickle before it is decoded. The unpickler
// allocates as much as an opcode's count says; scanPickle checks each count against the
// remaining length of the file.
func scanPickle(data []byte) error {
	rest := data
	for n := 0; ; n++ {
		if len(rest) == 0 {
			return errors.New("not a complete pickle: the file is cut short")
		}
		if n == maxOpcodes {
			return fmt.Errorf("pickle of more than %d opcodes: want a file of CIFAR-10", maxOpcodes)
		}
		op := rest[0]
		rest = rest[1:]
		if op == opStop {
			break
		}
		size, err := argumentSize(op, rest)
		if err != nil {
			return fmt.Errorf("byte %d: %w", len(data)-len(rest)-1, err)
		}
		rest = rest[size:]
	}
	if len(rest) > 0 {
		return fmt.Errorf("%d bytes follow the pickle: want none", len(rest))
	}
	return nil
}

// argumentSize returns the length of op's argument at the start of rest.
func argumentSize(op byte, rest []byte) (int, error) {
	in := func(ops string) bool { return strings.IndexByte(ops, op) >= 0 }
	fixed, lines := 0, 0
	var counted uint64 // number of bytes that follow according to the argument
	switch {
	case in(opsPlain):
	case in(opsByte1):
		fixed = 1
	case in(opsByte2):
		fixed = 2
	case in(opsByte4):
		fixed = 4
	case in(opsByte8):
		fixed = 8
	case in(opsCount1):
		fixed, counted = 1, count(rest, 1)
	case in(opsCount4):
		fixed, counted = 4, count(rest, 4)
	case in(opsCount8):
		fixed, counted = 8, count(rest, 8)
	case op == opFrame:
		if left := uint64(max(0, len(rest)-8)); count(rest, 8) > left {
			return 0, fmt.Errorf("pickle frame of %d bytes, but %d are left; the file is cut short", count(rest, 8), left)
		}
		fixed = 8
	case in(opsLine):
		lines = 1
	case op == opGlobal:
		lines = 2
	default:
		return 0, fmt.Errorf("pickle opcode %#02x is refused: want a pickle of plain data", op)
	}
	for range lines {
		end := bytes.IndexByte(rest[fixed:], '\n')
		if end < 0 {
			return 0, errors.New("pickle opcode without an end of line; the file is cut short")
		}
		fixed += end + 1
	}
	if fixed > len(rest) || counted > uint64(len(rest)-fixed) {
		return 0, fmt.Errorf("pickle opcode %#02x has %d bytes, but %d are left; the file is cut short", op, uint64(fixed)+counted, len(rest))
	}
	return fixed + int(counted), nil
}

// count decodes a little-endian number of the given size, or returns 0 if b is too
// short.
func count(b []byte, size int) uint64 {
	var full [8]byte
	if len(b) >= size {
		copy(full[:], b[:size])
	}
	return binary.LittleEndian.Uint64(full[:])
}
