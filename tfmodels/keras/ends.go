package keras

import (
	"errors"
	"fmt"
)

// input reads an InputLayer. A model must have exactly one.
func (p *parser) input(m *Model, name string, o *object) error {
	if m.Input.Layer != "" {
		return errors.New("is a second input: want a model of one, an image")
	}
	m.Input = Ref{Layer: name}
	if err := at("dtype", checkPrecision(o.get("dtype"))); err != nil {
		return err
	}
	for _, key := range []string{"batch_shape", "batch_input_shape"} {
		if o.has(key) {
			if err := p.shape(m, o.get(key)); err != nil {
				return at(key, err)
			}
		}
	}
	if m.Shape == nil {
		return errors.New("batch_shape is missing")
	}
	for _, key := range []string{"sparse", "ragged", "optional"} {
		if v := o.get(key); v != nil && v != false {
			return at(key, fmt.Errorf("%s is not supported: want false", show(v)))
		}
	}
	return o.finish()
}

// shape reads the input shape, whose first number, the batch size, is null.
func (p *parser) shape(m *Model, v any) error {
	if v == nil {
		return nil
	}
	list, ok := v.([]any)
	if !ok || len(list) < 2 {
		return fmt.Errorf("%s: want [null, height, width, channels]", show(v))
	}
	dims := make([]int, 0, len(list)-1)
	for _, d := range list[1:] {
		n, err := toInt(d)
		if err != nil || n < 1 {
			return fmt.Errorf("%s: want fixed sizes, [null, height, width, channels]", show(v))
		}
		dims = append(dims, n)
	}
	m.Shape = dims
	return nil
}

// chain connects each layer of a Sequential with the one before.
func (p *parser) chain(m *Model, o *object) error {
	build := o.get("build_input_shape")
	if m.Shape == nil {
		if err := p.shape(m, build); err != nil {
			return at("build_input_shape", err)
		}
	}
	if m.Shape == nil {
		if first := m.Layers[0]; first.Model != nil {
			m.Shape = first.Model.Shape
		}
	}
	if m.Shape == nil {
		return errors.New("is not built: want an Input as the first layer")
	}
	if m.Input.Layer == "" {
		m.Input.Layer = "input_layer"
	}
	last := m.Input
	for i := range m.Layers {
		m.Layers[i].Calls = [][]Ref{{last}}
		last = Ref{Layer: m.Layers[i].Name}
	}
	m.Output = last
	return nil
}

// ends reads the input and the output of a Functional.
func (p *parser) ends(m *Model, o *object) error {
	input, err := p.end(o, "input_layers")
	if err != nil {
		return err
	}
	if m.Input.Layer == "" || input.Layer != m.Input.Layer {
		return at("input_layers", fmt.Errorf("%q is not an InputLayer of the model", input.Layer))
	}
	m.Output, err = p.end(o, "output_layers")
	return err
}

// end reads [[layer, call, 0]] or [layer, call, 0].
func (p *parser) end(o *object, key string) (Ref, error) {
	list, err := o.list(key)
	if err != nil {
		return Ref{}, err
	}
	if len(list) > 0 {
		if _, nested := list[0].([]any); nested {
			if len(list) > 1 {
				return Ref{}, at(key, fmt.Errorf("%d tensors: want a model of one input and one output", len(list)))
			}
			list = list[0].([]any)
		}
	}
	ref, err := reference(list)
	return ref, at(key, err)
}

// reference reads [layer, call, tensor], where tensor must be 0.
func reference(list []any) (Ref, error) {
	if len(list) != 3 {
		return Ref{}, fmt.Errorf("%s: want [layer, call, 0]", show(list))
	}
	name, ok := list[0].(string)
	call, err := toInt(list[1])
	tensor, err2 := toInt(list[2])
	if !ok || err != nil || err2 != nil || call < 0 || tensor != 0 {
		return Ref{}, fmt.Errorf("%s: want [layer, call, 0]", show(list))
	}
	return Ref{name, call}, nil
}

// check checks that every reference is to an existing call of a layer. It also
// renumbers the references to nested models of Keras 2 from 0, since Keras 2 counts the
// call that made the model as the first.
func (p *parser) check(m *Model) error {
	calls := map[string]int{m.Input.Layer: 1}
	inner := map[string]bool{}
	for _, l := range m.Layers {
		if l.Name == "" {
			return errors.New("a layer has no name")
		}
		if _, twice := calls[l.Name]; twice {
			return fmt.Errorf("two layers are named %q: want different names", l.Name)
		}
		calls[l.Name] = len(l.Calls)
		inner[l.Name] = l.Model != nil && l.Model.Input.Layer != ""
	}
	resolve := func(r *Ref) error {
		if p.older && m.Class == "Functional" && inner[r.Layer] {
			r.Call--
		}
		n, ok := calls[r.Layer]
		if !ok {
			return fmt.Errorf("depends on layer %q: there is no such layer", r.Layer)
		}
		if r.Call < 0 || r.Call >= n {
			return fmt.Errorf("depends on call %d of layer %q: the layer is called %d times", r.Call, r.Layer, n)
		}
		return nil
	}
	for _, l := range m.Layers {
		if len(l.Calls) == 0 {
			return fmt.Errorf("%v has no inbound_nodes: no other layer leads to the layer", l)
		}
		for _, call := range l.Calls {
			for i := range call {
				if err := resolve(&call[i]); err != nil {
					return fmt.Errorf("%v %w", l, err)
				}
			}
		}
	}
	m.Output.Call = max(m.Output.Call, 0)
	if err := resolve(&m.Output); err != nil {
		return fmt.Errorf("the output %w", err)
	}
	return nil
}

// common reads the settings that models and layers share, except trainable.
func (p *parser) common(o *object) error {
	o.skip("trainable")
	return at("dtype", checkPrecision(o.get("dtype")))
}

// checkPrecision checks that a layer computes in float32.
func checkPrecision(v any) error {
	name := v
	if policy, ok := v.(map[string]any); ok {
		config, _ := policy["config"].(map[string]any)
		name = config["name"]
	}
	if name != nil && name != "float32" {
		return fmt.Errorf("%s: want float32; for another precision, use --precision", show(name))
	}
	return nil
}
