package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// maxDepth is the maximum nesting of lists and objects. TensorFlow's tensors have at
// most 254 dimensions, and images have four.
const maxDepth = 64

// scanner reads JSON, including the tokens NaN, Infinity and -Infinity, which Serving
// accepts and package encoding/json does not. It builds no tree of values: numbers are
// parsed directly into the tensor.
type scanner struct {
	text  []byte
	at    int
	depth int
}

func (s *scanner) errorf(format string, args ...any) error {
	return badRequest("JSON at offset %d: %s", s.at, fmt.Sprintf(format, args...))
}

// peek returns the first byte of the next token, or 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// expect reads one of the structural characters of JSON.
func (s *scanner) expect(c byte) error {
	if s.peek() != c || s.at >= len(s.text) {
		return s.unexpected(fmt.Sprintf("%q", c))
	}
	s.at++
	return nil
}

func (s *scanner) unexpected(want string) error {
	if s.peek(); s.at >= len(s.text) {
		return s.errorf("the end: want %s", want)
	}
	r, _ := utf8.DecodeRune(s.text[s.at:])
	return s.errorf("%q: want %s", r, want)
}

// list calls item for each element of a list; item must read the element.
func (s *scanner) list(item func(i int) error) (n int, err error) {
	err = s.nested('[', ']', func() error {
		n++
		return item(n - 1)
	})
	return n, err
}

// object calls member for each key of an object; member must read the value.
func (s *scanner) object(member func(key string) error) error {
	return s.nested('{', '}', func() error {
		key, err := s.string()
		if err != nil {
			return err
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		return member(key)
	})
}

func (s *scanner) nested(open, end byte, element func() error) error {
	if err := s.expect(open); err != nil {
		return err
	}
	if s.depth++; s.depth > maxDepth {
		return s.errorf("nested more than %d levels deep", maxDepth)
	}
	defer func() { s.depth-- }()
	if s.peek() == end {
		s.at++
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.at++
		case end:
			s.at++
			return nil
		default:
			return s.unexpected(fmt.Sprintf(`"," or %q`, string(end)))
		}
	}
}

// string reads a string.
func (s *scanner) string() (string, error) {
	raw, plain, err := s.rawString()
	if err != nil {
		return "", err
	}
	if plain {
		return string(raw[1 : len(raw)-1]), nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", s.errorf("not a string: %v", err)
	}
	return text, nil
}

// rawString reads a string with its quotes. It reports whether the text between them is
// plain, that is, needs no decoding.
func (s *scanner) rawString() (raw []byte, plain bool, err error) {
	if s.peek() != '"' {
		return nil, false, s.unexpected("a string")
	}
	plain = true
	for i := s.at + 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			raw = s.text[s.at : i+1]
			s.at = i + 1
			return raw, plain, nil
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			s.at = i
			return nil, false, s.errorf("a control character in a string")
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	return nil, false, s.errorf("a string that does not end")
}

// word reads a number, true, false, null, or one of Serving's three additional words.
func (s *scanner) word() ([]byte, error) {
	s.peek()
	from := s.at
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-', c == '+', c == '.':
			s.at++
			continue
		}
		break
	}
	word := s.text[from:s.at]
	if len(word) == 0 {
		return nil, s.unexpected("a value")
	}
	switch string(word) {
	case "NaN", "Infinity", "-Infinity", "true", "false", "null":
		return word, nil
	}
	if !isNumber(word) {
		s.at = from
		return nil, s.errorf("%q: want a value", shorten(word))
	}
	return word, nil
}

// skip reads any value and returns its text.
func (s *scanner) skip() (raw []byte, err error) {
	c := s.peek()
	from := s.at
	switch c {
	case '{':
		err = s.object(func(string) error { _, err := s.skip(); return err })
	case '[':
		_, err = s.list(func(int) error { _, err := s.skip(); return err })
	case '"':
		var raw []byte
		var plain bool
		if raw, plain, err = s.rawString(); err == nil && !plain && !json.Valid(raw) {
			err = s.errorf("not a string: %s", shorten(raw))
		}
	default:
		_, err = s.word()
	}
	return s.text[from:s.at], err
}

// members reads an object without decoding its values.
func members(text []byte) (map[string][]byte, error) {
	s := &scanner{text: text}
	all := map[string][]byte{}
	if s.peek() != '{' {
		return nil, s.unexpected("an object")
	}
	err := s.object(func(key string) (err error) {
		if _, twice := all[key]; twice {
			return badRequest("JSON: key %q occurs twice in an object", shorten([]byte(key)))
		}
		all[key], err = s.skip()
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.peek(); s.at < len(text) {
		return nil, s.unexpected("the end")
	}
	return all, nil
}

// shorten truncates text that a message quotes.
func shorten(text []byte) string {
	const most = 40
	if len(text) <= most {
		return string(text)
	}
	return string(bytes.ToValidUTF8(text[:most], nil)) + "…"
}
