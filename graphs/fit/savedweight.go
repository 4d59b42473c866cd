package fit

import (
	"encoding/binary"
	"fmt"

	"github.com/tflab/tflab/graphs/npy"
)

// savedWeight is an array in the saved state of a callback.
type savedWeight struct {
	Name   string `json:"name"`
	Shape  []int  `json:"shape"`
	Values []byte `json:"values"` // float32, little-endian
}

func pack(weights []npy.Entry) []savedWeight {
	var all []savedWeight
	for _, w := range weights {
		raw, _ := binary.Append(nil, binary.LittleEndian, w.Array.Float32()) // numbers of fixed size cannot fail
		all = append(all, savedWeight{Name: w.Name, Shape: w.Array.Shape, Values: raw})
	}
	return all
}

func unpack(saved []savedWeight) ([]npy.Entry, error) {
	var all []npy.Entry
	for _, w := range saved {
		values := make([]float32, len(w.Values)/4)
		if _, err := binary.Decode(w.Values, binary.LittleEndian, values); err != nil || len(w.Values)%4 != 0 {
			return nil, fmt.Errorf("%s: %d bytes are not an array of float32", w.Name, len(w.Values))
		}
		all = append(all, npy.Entry{Name: w.Name, Array: npy.New(w.Shape, values)})
	}
	return all, nil
}
