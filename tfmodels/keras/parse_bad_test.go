package keras

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sequential returns the JSON of a small network that contains the given layers.
func sequential(layers ...string) string {
	all := append([]string{`{"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [null, 4, 4, 1]}}`}, layers...)
	return fmt.Sprintf(`{"class_name": "Sequential", "config": {"name": "net", "layers": [%s]}}`, strings.Join(all, ", "))
}

func layer(class, config string) string {
	return fmt.Sprintf(`{"class_name": %q, "config": {"name": "x"%s}}`, class, config)
}

const (
	flat    = `{"class_name": "Flatten", "config": {"name": "flat"}}`
	classes = `{"class_name": "Dense", "config": {"name": "classes", "units": 3, "activation": "softmax"}}`
)

// functional returns the JSON of a network of an input, one layer and an output layer.
func functional(inputs, call, output string) string {
	return fmt.Sprintf(`{"class_name": "Functional", "config": {"name": "net", "layers": [
		{"class_name": "InputLayer", "name": "image", "config": {"name": "image", "batch_shape": [null, 4, 4, 1]}, "inbound_nodes": []}%s,
		{"class_name": "Flatten", "name": "flat", "config": {"name": "flat"}, "inbound_nodes": [%s]},
		{"class_name": "Dense", "name": "classes", "config": {"name": "classes", "units": 3, "activation": "softmax"}, "inbound_nodes": [%s]}],
		"input_layers": ["image", 0, 0], "output_layers": [%s]}}`, inputs, call, tensor("flat", 0), output)
}

func tensor(layer string, call int) string {
	return fmt.Sprintf(`{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": [%q, %d, 0]}}], "kwargs": {}}`, layer, call)
}

// TestParseBad parses invalid descriptions. Each error is one line that names the
// layer, the key and the value.
func TestParseBad(t *testing.T) {
	sound := functional("", tensor("image", 0), `["classes", 0, 0]`)
	for name, c := range map[string]struct{ json, want string }{
		"empty":          {"", "not JSON: it is empty or cut short"},
		"cut":            {sound[:200], "not JSON: it is empty or cut short"},
		"text":           {"a text", "not JSON: invalid character 'a'"},
		"two values":     {"{} {}", "not JSON: there is more after the first value"},
		"NaN":            {`{"class_name": NaN}`, "not JSON: invalid character 'N'"},
		"deep":           {strings.Repeat("[", 100) + strings.Repeat("]", 100), "JSON is nested more than 64 deep"},
		"number":         {"7", "the model is 7: want an object"},
		"other class":    {`{"class_name": "MyModel", "config": {}}`, `the model's class is "MyModel": want Sequential or Functional`},
		"own model":      {`{"class_name": "Functional", "module": "my.models", "config": {}}`, `class "Functional" of module "my.models": want a layer or object of Keras`},
		"no layers":      {`{"class_name": "Sequential", "config": {"name": "net", "layers": []}}`, `model "net" has no layers`},
		"not built":      {`{"class_name": "Sequential", "config": {"name": "net", "layers": [` + flat + `]}}`, `model "net": is not built: want an Input as the first layer`},
		"unknown layer":  {sequential(layer("LSTM", "")), `layer "x" (LSTM): the class is not supported: want one of Activation, Add,`},
		"own layer":      {sequential(`{"class_name": "Dense", "module": "mine", "config": {"name": "x"}}`), `layer "x" (Dense): class "Dense" of module "mine": want a layer or object of Keras`},
		"registered":     {sequential(`{"class_name": "Dense", "registered_name": "Custom>Dense", "config": {"name": "x"}}`), `layer "x" (Dense): class "Dense" is registered as "Custom>Dense"`},
		"operation":      {sequential(`{"class_name": "Multiply", "module": "keras.src.ops.numpy", "config": {"name": "x"}}`), `layer "x" (Multiply): class "Multiply" of module "keras.src.ops.numpy"`},
		"Lambda":         {sequential(layer("Lambda", "")), `layer "x" (Lambda): a Lambda layer is code, and nothing in a file is executed`},
		"unknown key":    {sequential(layer("Flatten", `, "speed": 2`)), `layer "x" (Flatten): speed: 2: the key is not known to tflab and may change the result`},
		"missing key":    {sequential(layer("Dense", "")), `layer "x" (Dense): units is missing`},
		"wrong value":    {sequential(layer("Dense", `, "units": -1`)), `layer "x" (Dense): units: -1: want 1 or more`},
		"fraction":       {sequential(layer("Dense", `, "units": 1.5`)), `layer "x" (Dense): units: 1.5: want a whole number`},
		"channels first": {sequential(layer("Flatten", `, "data_format": "channels_first"`)), `layer "x" (Flatten): data_format: "channels_first" is not supported: want "channels_last"`},
		"float16":        {sequential(layer("Flatten", `, "dtype": "float16"`)), `layer "x" (Flatten): dtype: "float16": want float32; for another precision, use --precision`},
		"activation":     {sequential(layer("Activation", `, "activation": "sine"`)), `layer "x" (Activation): activation: "sine": want linear or relu or`},
		"own activation": {sequential(layer("Activation", `, "activation": {"class_name": "__lambda__", "config": {}}`)), `layer "x" (Activation): activation: "__lambda__" is not a supported activation`},
		"initializer":    {sequential(layer("Dense", `, "units": 1, "kernel_initializer": "magic"`)), `kernel_initializer: "magic" is not a supported initializer: want one of Constant,`},
		"same name":      {sequential(flat, flat), `model "net": two layers are named "flat"`},
		"second input":   {sequential(layer("InputLayer", `, "batch_shape": [null, 4]`)), `layer "x" (InputLayer): is a second input: want a model of one, an image`},
		"open shape":     {`{"class_name": "Sequential", "config": {"layers": [` + layer("InputLayer", `, "batch_shape": [null, null, 4, 1]`) + `]}}`, "want fixed sizes"},
		"refers to none": {functional("", tensor("nobody", 0), `["classes", 0, 0]`), `model "net": layer "flat" (Flatten) depends on layer "nobody": there is no such layer`},
		"no such call":   {functional("", tensor("image", 3), `["classes", 0, 0]`), `layer "flat" (Flatten) depends on call 3 of layer "image": the layer is called 1 times`},
		"two outputs":    {functional("", tensor("image", 0), `["classes", 0, 0], ["flat", 0, 0]`), "output_layers: 2 tensors: want a model of one input and one output"},
		"two inputs":     {functional(`, {"class_name": "InputLayer", "config": {"name": "more", "batch_shape": [null, 4]}}`, tensor("image", 0), `["classes", 0, 0]`), `layer "more" (InputLayer): is a second input`},
		"no output":      {functional("", tensor("image", 0), `["nobody", 0, 0]`), `model "net": the output depends on layer "nobody"`},
		"training":       {strings.Replace(sound, `"kwargs": {}`, `"kwargs": {"mask": true}`, 1), `inbound_nodes: a call with the argument mask=true: want a call with inputs only`},
		"not called":     {functional("", "", `["classes", 0, 0]`), `layer "flat" (Flatten) has no inbound_nodes: no other layer leads to the layer`},
		"own output":     {functional("", tensor("classes", 0), `["classes", 0, 0]`), `depends on its own output`},
		"a vector":       {strings.Replace(sequential(classes), "[null, 4, 4, 1]", "[null, 17]", 1), "the input's shape is [17]: want the number of values of a square image"},
		"does not fit":   {sequential(classes), `layer "classes" (Dense): layers: Dense: input of shape [4 4 1]`},
		"no softmax":     {sequential(flat, layer("Dense", `, "units": 3, "activation": "tanh"`)), `net: the last layer must have the softmax activation: layer "x" (Dense) has none`},
		"constraint":     {sequential(flat, layer("Dense", `, "units": 3, "kernel_constraint": {"class_name": "MaxNorm", "config": {"axis": 2}}`)), `layer "x" (Dense): kernel_constraint: MaxNorm: axis: [2]: want axes of a weight with 2 axes`},
		"regularizer":    {sequential(flat, layer("Dense", `, "units": 3, "kernel_regularizer": {"class_name": "OrthogonalRegularizer", "config": {}}`)), `layer "x" (Dense): kernel_regularizer: "OrthogonalRegularizer" is not a supported regularizer: want one of L1, L1L2, L2`},
		"activity":       {sequential(flat, layer("Dense", `, "units": 3, "activity_regularizer": "l2"`)), `layer "x" (Dense): activity_regularizer: "l2" is not supported: want null`},
		"name":           {sequential(strings.Replace(flat, `"flat"`, `"a b"`, 1), classes), `the name "a b" is not supported`},
		"huge":           {sequential(flat, layer("Dense", `, "units": 3000000000`)), `units: 3000000000: want a whole number`},
	} {
		path := filepath.Join(t.TempDir(), "bad.json")
		if err := os.WriteFile(path, []byte(c.json), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path)
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v: want %s in it", name, err, c.want)
		}
	}
	if _, err := Parse([]byte(sound)); err != nil {
		t.Errorf("the network that the others are made of: %v", err)
	}
}
