package keras

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Model is a network as a Keras file describes it.
type Model struct {
	Name    string
	Class   string // "Sequential" or "Functional"
	Input   Ref
	Shape   []int // shape of one example
	Layers  []Layer
	Output  Ref
	Compile *Compile // nil if the model was never compiled
	Older   bool     // the file is of Keras 2, some of whose formulas differ
}

// Layer is a layer of a model, or a nested model.
type Layer struct {
	Name   string
	Class  string
	Frozen bool   // Keras's trainable=False
	Config Config // nil for a nested model
	Model  *Model // nil for a layer
	Calls  [][]Ref
}

// Ref identifies the output of a call of a layer.
type Ref struct {
	Layer string
	Call  int // number of the call, from 0
}

func (l Layer) String() string { return fmt.Sprintf("layer %q (%s)", l.Name, l.Class) }

// parser parses the description of a model.
type parser struct {
	classes map[string][]setting
	older   bool
}

// Parse parses the JSON of to_json or of a config.json.
func Parse(data []byte) (*Model, error) {
	v, err := decodeJSON(data)
	if err != nil {
		return nil, err
	}
	return parseModel(v, bytes.Contains(data, []byte(`"batch_input_shape"`)))
}

// parseModel parses a model. older reports that the JSON looks like Keras 2's, which
// has another key for the input shape.
func parseModel(v any, older bool) (*Model, error) {
	o, err := newObject(v)
	if err != nil {
		return nil, fmt.Errorf("the model is %w", err)
	}
	written, err := o.text("keras_version")
	if err != nil {
		return nil, err
	}
	if written != "" {
		older = strings.HasPrefix(written, "2.")
	}
	o.skip("backend")
	p := &parser{classes: layerClasses(), older: older}
	class, err := o.text("class_name")
	if err != nil {
		return nil, err
	}
	if err := checkModule(o); err != nil {
		return nil, err
	}
	if !isModel(class) {
		return nil, fmt.Errorf("the model's class is %.60q: want Sequential or Functional", class)
	}
	compiled := o.get("compile_config")
	o.skip("build_config", "registered_name", "shared_object_id", "name")
	config, err := o.object("config")
	if err != nil {
		return nil, err
	}
	if err := o.finish(); err != nil {
		return nil, err
	}
	m, err := p.model(class, config)
	if err != nil {
		return nil, err
	}
	m.Older = p.older
	if m.Compile, err = p.compile(compiled); err != nil {
		return nil, at("compile_config", err)
	}
	return m, nil
}

func isModel(class string) bool {
	return class == "Sequential" || class == "Functional" || class == "Model"
}

// model parses the config of a model.
func (p *parser) model(class string, o *object) (*Model, error) {
	m := &Model{Class: class}
	var err error
	if m.Name, err = o.text("name"); err != nil {
		return nil, err
	}
	if err := p.common(o); err != nil {
		return nil, err
	}
	list, err := o.list("layers")
	if err != nil {
		return nil, err
	}
	for i, v := range list {
		if err := p.add(m, v); err != nil {
			return nil, fmt.Errorf("%s: %w", label(i, v), err)
		}
	}
	if len(m.Layers) == 0 {
		return nil, fmt.Errorf("model %q has no layers", m.Name)
	}
	if class == "Sequential" {
		err = p.chain(m, o)
	} else {
		m.Class = "Functional"
		err = p.ends(m, o)
	}
	if err == nil {
		err = o.finish()
	}
	if err == nil {
		err = p.check(m)
	}
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", m.Name, err)
	}
	return m, nil
}

// label returns a name for a layer that has not been parsed yet.
func label(i int, v any) string {
	o, _ := v.(map[string]any)
	config, _ := o["config"].(map[string]any)
	class, _ := o["class_name"].(string)
	name, _ := config["name"].(string)
	if name == "" {
		name, _ = o["name"].(string)
	}
	if name == "" {
		return fmt.Sprintf("layer %d (%.60s)", i+1, class)
	}
	return fmt.Sprintf("layer %.60q (%.60s)", name, class)
}

// add parses an element of a model's layers.
func (p *parser) add(m *Model, v any) error {
	o, err := newObject(v)
	if err != nil {
		return err
	}
	l := Layer{}
	if l.Class, err = o.text("class_name"); err != nil {
		return err
	}
	if err := checkModule(o); err != nil {
		return err
	}
	settings, known := p.classes[l.Class]
	if !known && !isModel(l.Class) && l.Class != "InputLayer" {
		return unknownClass(l.Class)
	}
	config, err := o.object("config")
	if err != nil {
		return err
	}
	if l.Name, err = config.text("name"); err != nil {
		return err
	}
	if trainable, ok := config.get("trainable").(bool); ok {
		l.Frozen = !trainable
	}
	if l.Calls, err = p.calls(o); err != nil {
		return err
	}
	o.skip("name", "registered_name", "build_config", "compile_config", "shared_object_id")
	if err := o.finish(); err != nil {
		return err
	}
	switch {
	case l.Class == "InputLayer":
		return p.input(m, l.Name, config)
	case !known:
		if l.Model, err = p.model(l.Class, config); err != nil {
			return err
		}
		l.Class = l.Model.Class
	default:
		if l.Config, err = p.layer(l.Class, settings, config); err != nil {
			return err
		}
		if len(m.Layers) == 0 && m.Shape == nil { // Keras 2 may have the input shape here
			if err := p.shape(m, config.get("batch_input_shape")); err != nil {
				return at("batch_input_shape", err)
			}
		}
		if err := config.finish(); err != nil {
			return err
		}
	}
	m.Layers = append(m.Layers, l)
	return nil
}

func unknownClass(class string) error {
	if class == "Lambda" {
		return fmt.Errorf("a Lambda layer is code, and nothing in a file is executed: want layers of Keras")
	}
	names := []string{"InputLayer", "Sequential", "Functional"}
	for name := range layerClasses() {
		names = append(names, name)
	}
	slices.Sort(names)
	return fmt.Errorf("the class is not supported: want one of %s", strings.Join(names, ", "))
}

// layer parses the settings of a layer.
func (p *parser) layer(class string, settings []setting, o *object) (Config, error) {
	for old, name := range older[class] {
		if v, ok := o.fields[old]; ok && !o.has(name) {
			delete(o.fields, old)
			o.fields[name] = v
		}
	}
	if err := p.common(o); err != nil {
		return nil, err
	}
	return readConfig(o, settings)
}
