package graphs

// Take copies the examples with the given indices, in that order.
func Take(e Examples, indices []int32) Examples {
	shape := e.Shape()
	size := shape[0] * shape[1] * shape[2]
	s := &subset{shape: shape, images: make([]byte, 0, size*len(indices)), labels: make([]uint8, 0, len(indices))}
	images, labels := e.Images(), e.Labels()
	for _, i := range indices {
		s.images = append(s.images, images[int(i)*size:(int(i)+1)*size]...)
		s.labels = append(s.labels, labels[i])
	}
	return s
}

// subset is a subset of another set's examples.
type subset struct {
	shape  [3]int
	images []byte
	labels []uint8
}

func (s *subset) Len() int        { return len(s.labels) }
func (s *subset) Shape() [3]int   { return s.shape }
func (s *subset) Images() []byte  { return s.images }
func (s *subset) Labels() []uint8 { return s.labels }
