package keras

import (
	"fmt"
	"maps"
	"slices"
)

// calls reads the inbound_nodes of a layer: the inputs of each of its calls.
func (p *parser) calls(o *object) ([][]Ref, error) {
	nodes, err := o.list("inbound_nodes")
	if err != nil {
		return nil, err
	}
	var calls [][]Ref
	for _, node := range nodes {
		var call []Ref
		if list, ok := node.([]any); ok {
			call, err = olderCall(list)
		} else {
			call, err = newerCall(node)
		}
		if err != nil {
			return nil, at("inbound_nodes", err)
		}
		calls = append(calls, call)
	}
	return calls, nil
}

// olderCall reads [[layer, call, 0, {}], ...], the form of Keras 2.
func olderCall(list []any) ([]Ref, error) {
	if len(list) > 0 {
		if _, single := list[0].(string); single {
			list = []any{list}
		}
	}
	var call []Ref
	for _, v := range list {
		entry, ok := v.([]any)
		if !ok || len(entry) != 4 {
			return nil, fmt.Errorf("%s: want [layer, call, 0, {}]", show(v))
		}
		if err := checkArguments(entry[3]); err != nil {
			return nil, err
		}
		ref, err := reference(entry[:3])
		if err != nil {
			return nil, err
		}
		call = append(call, ref)
	}
	return call, nil
}

// newerCall reads {args: [tensor or [tensor, ...]], kwargs: {}}, the form of Keras 3.
func newerCall(v any) ([]Ref, error) {
	o, err := newObject(v)
	if err != nil {
		return nil, err
	}
	if err := checkArguments(o.get("kwargs"), "training"); err != nil {
		return nil, err
	}
	list, err := o.list("args")
	if err != nil {
		return nil, err
	}
	if err := o.finish(); err != nil {
		return nil, err
	}
	if len(list) != 1 {
		return nil, fmt.Errorf("a call of %d arguments: want 1, a tensor or a list of them", len(list))
	}
	if several, ok := list[0].([]any); ok {
		list = several
	}
	var call []Ref
	for _, v := range list {
		t, err := newObject(v)
		if err != nil {
			return nil, err
		}
		if class, _ := t.text("class_name"); class != "__keras_tensor__" {
			return nil, fmt.Errorf("%s: want an output of a layer", show(v))
		}
		config, err := t.object("config")
		if err != nil {
			return nil, err
		}
		history, err := config.list("keras_history")
		if err != nil {
			return nil, err
		}
		ref, err := reference(history)
		if err != nil {
			return nil, err
		}
		call = append(call, ref)
	}
	return call, nil
}

// checkArguments returns an error if a call has arguments other than its inputs. A mask
// of null is allowed, and so is training in Keras 3, where fit and predict override it
// (operation_fn in keras/src/models/functional.py).
func checkArguments(v any, overridden ...string) error {
	if v == nil {
		return nil
	}
	o, err := newObject(v)
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(o.fields)) {
		value := o.fields[key]
		if _, isFlag := value.(bool); value != nil && !(isFlag && slices.Contains(overridden, key)) {
			return fmt.Errorf("a call with the argument %s=%s: want a call with inputs only", key, show(value))
		}
	}
	return nil
}
