package server

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
)

// encodePredict returns the body of the response to :predict.
func encodePredict(outputs tensors, columnar bool) ([]byte, error) {
	if columnar {
		return encodeColumns(outputs)
	}
	return encodeRows(outputs)
}

// encodeRows returns the response to a request in row format.
func encodeRows(outputs tensors) ([]byte, error) {
	names := slices.Sorted(maps.Keys(outputs))
	rows := -1
	for _, name := range names {
		t := outputs[name]
		if len(t.shape) == 0 || rows >= 0 && t.rows() != rows {
			return nil, badRequest(`output %q of shape %s does not have a row for each instance: use "inputs" instead of "instances"`, name, shapeText(t.shape))
		}
		rows = t.rows()
	}
	w := &writer{}
	w.raw(`{"predictions": [`)
	for i := range max(rows, 0) {
		w.comma(i)
		if len(names) == 1 {
			w.element(names[0], outputs[names[0]], i)
			continue
		}
		w.raw("{")
		for j, name := range names {
			w.comma(j)
			w.key(name)
			w.element(name, outputs[name], i)
		}
		w.raw("}")
	}
	w.raw("]}\n")
	return w.b.Bytes(), nil
}

func encodeColumns(outputs tensors) ([]byte, error) {
	names := slices.Sorted(maps.Keys(outputs))
	w := &writer{}
	w.raw(`{"outputs": `)
	if len(names) == 1 {
		w.tensor(names[0], outputs[names[0]])
	} else {
		w.raw("{")
		for i, name := range names {
			w.comma(i)
			w.key(name)
			w.tensor(name, outputs[name])
		}
		w.raw("}")
	}
	w.raw("}\n")
	return w.b.Bytes(), nil
}

// writer writes tensors in Serving's format.
type writer struct {
	b       bytes.Buffer
	scratch []byte
}

func (w *writer) raw(text string) { w.b.WriteString(text) }

func (w *writer) comma(i int) {
	if i > 0 {
		w.raw(", ")
	}
}

func (w *writer) key(name string) {
	w.text(name)
	w.raw(": ")
}

// text writes a string. Bytes that are not UTF-8 become U+FFFD.
func (w *writer) text(s string) {
	quoted, _ := json.Marshal(s) // marshalling a string cannot fail
	w.b.Write(quoted)
}

func (w *writer) tensor(name string, t tensor) {
	w.values(t, strings.HasSuffix(name, "_bytes"), t.shape, 0)
}

// element writes row i of a tensor.
func (w *writer) element(name string, t tensor, i int) {
	w.values(t, strings.HasSuffix(name, "_bytes"), t.shape[1:], i*product(t.shape[1:]))
}

// values writes the values of a tensor, starting at index from, as nested lists of the
// given shape. It returns the index after the last value.
func (w *writer) values(t tensor, binary bool, shape []int64, from int) int {
	if len(shape) == 0 {
		w.value(t, binary, from)
		return from + 1
	}
	w.raw("[")
	for i := range int(shape[0]) {
		w.comma(i)
		from = w.values(t, binary, shape[1:], from)
	}
	w.raw("]")
	return from
}

func (w *writer) value(t tensor, bytes bool, i int) {
	if t.dtype == tf.String {
		if bytes {
			w.raw(`{"b64": "` + base64.StdEncoding.EncodeToString([]byte(t.strings[i])) + `"}`)
		} else {
			w.text(t.strings[i])
		}
		return
	}
	w.scratch = appendNumber(w.scratch[:0], t, i)
	w.b.Write(w.scratch)
}

// appendNumber appends element i of a tensor of numbers.
func appendNumber(to []byte, t tensor, i int) []byte {
	n, native := sizes[t.dtype], binary.NativeEndian
	raw := t.data[i*n:]
	switch t.dtype {
	case tf.Float:
		return appendFloat(to, float64(math.Float32frombits(native.Uint32(raw))), 32)
	case tf.Double:
		return appendFloat(to, math.Float64frombits(native.Uint64(raw)), 64)
	case tf.Bool:
		return strconv.AppendBool(to, raw[0] != 0)
	case tf.Int8:
		return strconv.AppendInt(to, int64(int8(raw[0])), 10)
	case tf.Int16:
		return strconv.AppendInt(to, int64(int16(native.Uint16(raw))), 10)
	case tf.Int32:
		return strconv.AppendInt(to, int64(int32(native.Uint32(raw))), 10)
	case tf.Int64:
		return strconv.AppendInt(to, int64(native.Uint64(raw)), 10)
	case tf.Uint8:
		return strconv.AppendUint(to, uint64(raw[0]), 10)
	default: // tf.Uint16
		return strconv.AppendUint(to, uint64(native.Uint16(raw)), 10)
	}
}

// appendFloat appends the shortest number that parses to the same value. Integers end
// in ".0", as in Serving, so that readers see a float.
func appendFloat(to []byte, v float64, bits int) []byte {
	switch {
	case math.IsNaN(v):
		return append(to, "NaN"...)
	case math.IsInf(v, 1):
		return append(to, "Infinity"...)
	case math.IsInf(v, -1):
		return append(to, "-Infinity"...)
	}
	from := len(to)
	to = strconv.AppendFloat(to, v, 'g', -1, bits)
	if !bytes.ContainsAny(to[from:], ".e") {
		to = append(to, ".0"...)
	}
	return to
}
