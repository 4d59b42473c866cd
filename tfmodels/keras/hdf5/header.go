package hdf5

import "fmt"

// Types of messages in an object header.
const (
	kindDataspace    = 0x01
	kindLinkInfo     = 0x02
	kindDatatype     = 0x03
	kindFillValue    = 0x05
	kindLink         = 0x06
	kindExternal     = 0x07
	kindLayout       = 0x08
	kindFilters      = 0x0b
	kindAttribute    = 0x0c
	kindContinuation = 0x10
	kindSymbolTable  = 0x11
)

// message is a message of an object header.
type message struct {
	kind   int
	shared bool // stored elsewhere in the file
	data   []byte
}

func (m message) cursor(what string) *cursor { return &cursor{what: what, data: m.data} }

// header reads the messages of an object header of version 1.
func (s *source) header(path string, address uint64) ([]message, error) {
	what := "the header of object " + shown(path)
	c, err := s.block(what, address, 16)
	if err != nil {
		return nil, err
	}
	if string(c.data[:4]) == "OHDR" {
		return nil, fmt.Errorf("%s is of version 2, as h5py writes it with libver=\"latest\" or track_order: want version 1, h5py's and Keras's default", what)
	}
	version := c.uint(1)
	c.skip(1)
	count := int(c.uint(2))
	c.skip(4) // references
	size := c.uint(4)
	if version != 1 {
		return nil, fmt.Errorf("%s is of version %d: want 1", what, version)
	}
	type span struct{ address, size uint64 }
	spans := []span{{address + 16, size}}
	var messages []message
	for i := 0; i < len(spans) && len(messages) < count; i++ {
		if c, err = s.block(what, spans[i].address, spans[i].size); err != nil {
			return nil, err
		}
		for len(c.data) >= 8 && len(messages) < count {
			m := message{kind: int(c.uint(2))}
			length := int(c.uint(2))
			m.shared = c.uint(1)&2 != 0
			c.skip(3)
			m.data = c.take(length)
			if c.err != nil {
				return nil, c.err
			}
			messages = append(messages, m)
			if m.kind == kindContinuation {
				next := m.cursor(what)
				spans = append(spans, span{next.uint(8), next.uint(8)})
				if next.err != nil {
					return nil, next.err
				}
			}
		}
	}
	if len(messages) < count {
		return nil, fmt.Errorf("%s has %d messages: want %d", what, len(messages), count)
	}
	return messages, nil
}
