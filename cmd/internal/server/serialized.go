package server

import (
	"fmt"
	"strconv"

	tf "github.com/wamuir/graft/tensorflow"
	example_pb "github.com/wamuir/graft/tensorflow/core/example/example_protos_go_proto"
	"google.golang.org/protobuf/proto"

	"github.com/tflab/tflab/graphs/serving"
)

// serialized encodes examples for a signature for classification or regression, which
// takes one input: a string with a tf.Example per example.
func serialized(s serving.Signature, list []example) (tensors, error) {
	if len(s.Inputs) != 1 {
		return nil, fmt.Errorf("a signature with %d inputs: want one, for tf.Example", len(s.Inputs))
	}
	t := tensor{dtype: tf.String, shape: []int64{int64(len(list))}}
	for i, e := range list {
		features := &example_pb.Features{Feature: map[string]*example_pb.Feature{}}
		for name, text := range e {
			f, err := feature(text)
			if err != nil {
				return nil, fmt.Errorf("example %d: feature %q: %w", i, shorten([]byte(name)), err)
			}
			features.Feature[name] = f
		}
		raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(&example_pb.Example{Features: features})
		if err != nil {
			return nil, badRequest("example %d: %v", i, err)
		}
		t.strings = append(t.strings, string(raw))
	}
	return tensors{s.Inputs[0].Name: t}, nil
}

// feature reads a value, or a list of values of one kind.
func feature(text []byte) (*example_pb.Feature, error) {
	var all values
	s := &scanner{text: text}
	if s.peek() != '[' {
		return all.read(s)
	}
	_, err := s.list(func(int) error {
		_, err := all.read(s)
		return err
	})
	return &all.Feature, err
}

// values is a Feature under construction.
type values struct{ example_pb.Feature }

func (all *values) read(s *scanner) (*example_pb.Feature, error) {
	switch s.peek() {
	case '"':
		text, err := s.string()
		if err != nil {
			return nil, err
		}
		return &all.Feature, all.addBytes([]byte(text))
	case '{':
		b := &builder{input: "feature"}
		file, err := b.bytes(s)
		if err != nil {
			return nil, err
		}
		return &all.Feature, all.addBytes(file)
	}
	word, err := s.word()
	if err != nil {
		return nil, err
	}
	return &all.Feature, all.addNumber(string(word))
}

var errMixed = badRequest("values of several types: want only integers, only decimal numbers or only strings")

func (all *values) addBytes(v []byte) error {
	if all.Kind == nil {
		all.Kind = &example_pb.Feature_BytesList{BytesList: &example_pb.BytesList{}}
	}
	list := all.GetBytesList()
	if list == nil {
		return errMixed
	}
	list.Value = append(list.Value, v)
	return nil
}

// addNumber adds an integer as int64 and any other number as float, as Serving does.
func (all *values) addNumber(word string) error {
	switch word {
	case "true":
		word = "1"
	case "false":
		word = "0"
	}
	if whole, err := strconv.ParseInt(word, 10, 64); err == nil {
		if all.Kind == nil {
			all.Kind = &example_pb.Feature_Int64List{Int64List: &example_pb.Int64List{}}
		}
		list := all.GetInt64List()
		if list == nil {
			return errMixed
		}
		list.Value = append(list.Value, whole)
		return nil
	}
	v, err := strconv.ParseFloat(word, 32)
	if err != nil {
		return badRequest("%s: want a number, a string or base64", shorten([]byte(word)))
	}
	if all.Kind == nil {
		all.Kind = &example_pb.Feature_FloatList{FloatList: &example_pb.FloatList{}}
	}
	list := all.GetFloatList()
	if list == nil {
		return errMixed
	}
	list.Value = append(list.Value, float32(v))
	return nil
}
