package server

import (
	"encoding/base64"
	"encoding/binary"
	"math"

	tf "github.com/wamuir/graft/tensorflow"
)

// base64 reads {"b64": …}: the bytes of one string, the file of one image, or
// the elements of a uint8 array.
func (b *builder) base64(s *scanner, level int) error {
	file, err := b.bytes(s)
	if err != nil {
		return err
	}
	if b.dtype == tf.String {
		if err := b.leaf(level); err != nil {
			return err
		}
		b.out.strings = append(b.out.strings, string(file))
		return nil
	}
	rest := []int64{int64(len(file))} // elements of a vector of bytes
	if b.isImage() {
		if level > 1 {
			return b.errorf(`an object within an image: want numbers, or one {"b64": "…"} for the whole image`)
		}
		if rest = b.want[level:]; level == 0 {
			return b.errorf(`one {"b64": "…"} for all images: want a list with one for each`)
		}
		if file, err = b.pixels(file); isStatus(err) {
			return err
		} else if err != nil {
			return b.errorf("%v", err)
		}
	} else if b.dtype != tf.Uint8 {
		return b.errorf(`base64: want %s`, typeName(b.dtype))
	}
	if err := b.whole(level, rest); err != nil {
		return err
	}
	if b.dtype == tf.Uint8 {
		b.out.data = append(b.out.data, file...)
		return nil
	}
	for _, v := range file {
		b.out.data = binary.NativeEndian.AppendUint32(b.out.data, math.Float32bits(float32(v)/255))
	}
	return nil
}

// bytes reads {"b64": "…"}, an object with only this key.
func (b *builder) bytes(s *scanner) (file []byte, err error) {
	keys := 0
	err = s.object(func(key string) error {
		if keys++; keys > 1 || key != "b64" {
			return b.errorf(`an object with key %q: want a value, or {"b64": "…"}`, shorten([]byte(key)))
		}
		if s.peek() != '"' {
			return b.errorf(`"b64" is not a string: want base64`)
		}
		text, err := s.string()
		if err != nil {
			return err
		}
		if file, err = decodeBase64(text); err != nil {
			return b.errorf(`"b64": %v`, err)
		}
		return nil
	})
	if err == nil && keys == 0 {
		err = b.errorf(`an empty object: want a value, or {"b64": "…"}`)
	}
	return file, err
}

// decodeBase64 decodes base64 with or without padding, as Serving does.
func decodeBase64(text string) ([]byte, error) {
	if len(text)%4 == 0 {
		return base64.StdEncoding.DecodeString(text)
	}
	return base64.RawStdEncoding.DecodeString(text)
}

// pixels returns the pixels of an image file or, for a uint8 input, the bytes
// themselves.
func (b *builder) pixels(file []byte) ([]byte, error) {
	if b.dtype == tf.Uint8 && len(file) == product(b.want[1:]) && !isImageFile(file) {
		return file, nil
	}
	return b.decode(file, b.image)
}

// whole records that all lists from a level on were given as one value.
func (b *builder) whole(level int, rest []int64) error {
	if !b.fixed {
		b.fixed = true
		b.shape = append(b.shape, rest...)
	}
	if len(b.shape) != level+len(rest) {
		return b.errorf("base64, but other elements are lists: want one form for all")
	}
	for i, d := range rest { // an incomplete list may have fewer elements so far
		if b.shape[level+i] != d {
			return b.errorf("base64 within a list of another shape: want shape %s", b.wanted())
		}
	}
	return nil
}

func product(dims []int64) int {
	n := 1
	for _, d := range dims {
		n *= int(d)
	}
	return n
}

// isImageFile reports whether bytes start like a png, jpeg or gif file.
func isImageFile(file []byte) bool {
	for _, magic := range []string{"\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "GIF8"} {
		if len(file) >= len(magic) && string(file[:len(magic)]) == magic {
			return true
		}
	}
	return false
}
