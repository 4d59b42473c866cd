package server

import (
	"context"
	"encoding/binary"
	"math"
	"slices"
)

// The response to :activations has images as base64 bytes, row-major, because a page
// only displays them.

// maxUnits is the number of units of a Dense layer that are shown, those of the largest
// activations.
const maxUnits = 16

type layerPictures struct {
	Name   string `json:"name"`
	Kind   string `json:"type"`
	Height int    `json:"height"`
	Width  int    `json:"width"`
	// Min and Max are the values of the bytes 0 and 255.
	Min float32 `json:"min"`
	Max float32 `json:"max"`
	// Maps are the feature maps of a convolution or a pool for the image.
	Maps [][]byte `json:"maps,omitempty"`
	// Units are units of a Dense layer whose input is the image.
	Units []unit `json:"units,omitempty"`
}

type unit struct {
	Index      int     `json:"index"`
	Activation float32 `json:"activation"`
	Weights    []byte  `json:"weights"` // the byte 128 is zero
}

// activations answers :activations for one image. The body is like that of :predict.
func (s *Server) activations(ctx context.Context, v *version, body []byte) ([]byte, error) {
	model, ok := v.model.(Activations)
	if !ok || v.Image == [3]int{} {
		return nil, failf(501, "%s does not show its layers: it was loaded from a SavedModel, or does not take images", s.options.Name)
	}
	request, err := decodePredict(body, v, s.decoder(ctx))
	if err != nil {
		return nil, err
	}
	if request.rows != 1 || request.signature != v.defaultSignature() {
		return nil, badRequest("%d images for signature %q: want one, for %q", request.rows, request.signature, v.defaultSignature())
	}
	var pictures []layerPictures
	for _, t := range request.inputs {
		image, err := t.toTF()
		if err != nil {
			return nil, err
		}
		layers, err := model.Activations(ctx, image)
		if err != nil {
			return nil, err
		}
		for _, l := range layers {
			p, err := l.pictures(v.Image)
			if err != nil {
				return nil, err
			}
			pictures = append(pictures, p)
		}
	}
	return encode(map[string][]layerPictures{"layers": pictures})
}

func (l Layer) pictures(image [3]int) (layerPictures, error) {
	t, err := fromTF(l.Output)
	if err != nil {
		return layerPictures{}, err
	}
	values := make([]float32, len(t.data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.NativeEndian.Uint32(t.data[4*i:]))
	}
	p := layerPictures{Name: l.Name, Kind: l.Kind}
	if len(t.shape) == 4 {
		p.featureMaps(values, int(t.shape[1]), int(t.shape[2]), int(t.shape[3]))
	} else {
		p.units(values, l.Kernel, image)
	}
	return p, nil
}

// featureMaps splits [height, width, maps] into maps. All have one scale, so that a map
// without activation is dark.
func (p *layerPictures) featureMaps(values []float32, height, width, maps int) {
	p.Height, p.Width = height, width
	p.Min, p.Max = slices.Min(values), slices.Max(values)
	scale := 255 / max(p.Max-p.Min, math.SmallestNonzeroFloat32)
	for m := range maps {
		picture := make([]byte, height*width)
		for i := range picture {
			picture[i] = byte((values[i*maps+m] - p.Min) * scale)
		}
		p.Maps = append(p.Maps, picture)
	}
}

// units selects the units of the largest activations and draws their weights: the mean
// over the channels of the image.
func (p *layerPictures) units(values, kernel []float32, image [3]int) {
	p.Height, p.Width = image[0], image[1]
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch size := math.Abs(float64(values[b])) - math.Abs(float64(values[a])); {
		case size > 0:
			return 1
		case size < 0:
			return -1
		}
		return 0
	})
	order = order[:min(maxUnits, len(order))]
	pixels, channels := image[0]*image[1], image[2]
	means := make([][]float32, len(order))
	for k, u := range order {
		means[k] = make([]float32, pixels)
		for i := range pixels {
			for c := range channels {
				means[k][i] += kernel[(i*channels+c)*len(values)+u] / float32(channels)
			}
			p.Max = max(p.Max, means[k][i], -means[k][i])
		}
	}
	p.Min = -p.Max
	for k, u := range order {
		one := unit{Index: u, Activation: values[u], Weights: make([]byte, pixels)}
		for i, w := range means[k] {
			one.Weights[i] = byte(128 + 127*w/max(p.Max, math.SmallestNonzeroFloat32))
		}
		p.Units = append(p.Units, one)
	}
}
