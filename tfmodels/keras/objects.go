package keras

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// family is a set of classes that are allowed in one place, with their settings.
type family struct {
	noun    string
	classes map[string][]setting
	aliases map[string]string // other names that Keras accepts for a class
	// functions reports whether the name of a Keras function may stand for a class.
	functions bool
}

var anySeed = setting{"seed", anything, nil} // tflab uses its own seed

func initializerFamily() family {
	axes := func(key string) setting { return setting{key, only(nil), nil} } // a key of Keras 3.15
	scaled := []setting{anySeed, axes("input_axes"), axes("output_axes")}
	return family{
		noun: "initializer",
		classes: map[string][]setting{
			"Zeros": nil, "Ones": nil,
			"GlorotUniform": scaled, "GlorotNormal": scaled, "HeNormal": scaled, "HeUniform": scaled, "LecunNormal": scaled, "LecunUniform": scaled,
			"Constant":        {{"value", number, 0.0}},
			"RandomNormal":    {{"mean", number, 0.0}, {"stddev", number, 0.05}, anySeed},
			"TruncatedNormal": {{"mean", number, 0.0}, {"stddev", number, 0.05}, anySeed},
			"RandomUniform":   {{"minval", number, -0.05}, {"maxval", number, 0.05}, anySeed},
			"VarianceScaling": {{"scale", number, 1.0}, {"mode", oneOf("fan_in", "fan_out", "fan_avg"), "fan_in"},
				{"distribution", oneOf("truncated_normal", "untruncated_normal", "uniform", "normal"), "truncated_normal"}, anySeed, axes("input_axes"), axes("output_axes")},
			"Orthogonal": {{"gain", number, 1.0}, anySeed},
		},
		aliases: map[string]string{"zero": "Zeros", "one": "Ones", "normal": "RandomNormal", "uniform": "RandomUniform", "OrthogonalInitializer": "Orthogonal"},
	}
}

func regularizerFamily() family {
	return family{
		noun: "regularizer",
		classes: map[string][]setting{
			"L1": {{"l1", number, 0.01}}, "L2": {{"l2", number, 0.01}},
			"L1L2": {{"l1", number, 0.0}, {"l2", number, 0.0}},
		},
	}
}

func constraintFamily() family {
	return family{
		noun: "constraint",
		classes: map[string][]setting{
			"MaxNorm":  {{"max_value", number, 2.0}, {"axis", axes, []int{0}}},
			"UnitNorm": {{"axis", axes, []int{0}}}, "NonNeg": nil,
			"MinMaxNorm": {{"min_value", number, 0.0}, {"max_value", number, 1.0}, {"rate", number, 1.0}, {"axis", axes, []int{0}}},
		},
		aliases: map[string]string{"nonneg": "NonNeg"},
	}
}

// read reads an object of the family: {class_name, config} or the name of a class.
func (f family) read(v any) (any, error) {
	if name, ok := v.(string); ok {
		class, settings, err := f.find(name)
		if err != nil {
			return nil, err
		}
		c, err := readConfig(&object{asked: map[string]bool{}}, settings)
		return Object{class, c}, err
	}
	o, err := newObject(v)
	if err != nil {
		return nil, fmt.Errorf("%w or the name of a %s", err, f.noun)
	}
	name, err := o.text("class_name")
	if err != nil {
		return nil, err
	}
	if f.functions && name == "function" {
		if function, ok := o.get("config").(string); ok {
			return f.read(function)
		}
	}
	if err := checkModule(o); err != nil {
		return nil, err
	}
	class, settings, err := f.find(name)
	if err != nil {
		return nil, err
	}
	o.skip("config", "registered_name", "shared_object_id", "build_config")
	if err := o.finish(); err != nil {
		return nil, err
	}
	config, err := newObject(o.get("config"))
	if err != nil {
		return nil, at("config", err)
	}
	c, err := readConfig(config, settings)
	if err == nil {
		config.skip("name", "dtype")
		err = config.finish()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", class, err)
	}
	return Object{class, c}, nil
}

// defaultObject returns an object of a class with Keras's default settings.
func defaultObject(f family, class string) Object {
	o := Object{class, Config{}}
	for _, s := range f.classes[class] {
		o.Config[s.key] = s.value
	}
	return o
}

// find returns a class by its name, or by its name in snake case.
func (f family) find(name string) (string, []setting, error) {
	for class, settings := range f.classes {
		if name == class || name == snakeCase(class) || f.aliases[name] == class {
			return class, settings, nil
		}
	}
	return "", nil, fmt.Errorf("%.60q is not a supported %s: want one of %s", name, f.noun, strings.Join(slices.Sorted(maps.Keys(f.classes)), ", "))
}

// checkModule checks that a class is Keras's own. The name of another class says
// nothing about what the class does.
func checkModule(o *object) error {
	module, err := o.text("module")
	if err != nil {
		return err
	}
	public := module == "" || module == "keras" || module == "builtins" ||
		strings.HasPrefix(module, "tf_keras.") || strings.HasPrefix(module, "keras.") && !strings.HasPrefix(module, "keras.src.ops.")
	if !public {
		return fmt.Errorf("class %s of module %q: want a layer or object of Keras", show(o.fields["class_name"]), module)
	}
	if name, err := o.text("registered_name"); err != nil || strings.Contains(name, ">") {
		return fmt.Errorf("class %s is registered as %s: want a layer or object of Keras", show(o.fields["class_name"]), show(o.fields["registered_name"]))
	}
	return nil
}

// activationNames lists the activation functions, with Keras 3's names first.
var activationAliases = map[string]string{"swish": "silu"}

func activationNames() []string {
	return []string{"linear", "relu", "softmax", "leaky_relu", "relu6", "elu", "selu", "gelu", "silu", "sigmoid", "tanh", "softplus", "softsign", "hard_sigmoid"}
}

// activation reads a function's name, or a layer such as ReLU that represents one. null
// is linear.
func activation(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return "linear", nil
	case string:
		if other, ok := activationAliases[v]; ok {
			v = other
		}
		return oneOf(activationNames()...)(v)
	}
	return activationLayers().read(v)
}

// activationLayers returns the layers that can be an activation.
func activationLayers() family {
	f := family{noun: "activation", classes: map[string][]setting{}}
	for _, class := range []string{"ReLU", "LeakyReLU", "ELU", "Softmax"} {
		f.classes[class] = append(slices.Clone(layerClasses()[class]), setting{"trainable", anything, nil})
	}
	return f
}
