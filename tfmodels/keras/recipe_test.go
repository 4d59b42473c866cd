package keras

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
)

// compiled returns a network's JSON with a compile_config.
func compiled(config string) string {
	return strings.TrimSuffix(sequential(flat, classes), "}") + `, "compile_config": {` + config + `}}`
}

// lookup returns the network of a description.
func lookup(t *testing.T, json string) (tfmodels.Network, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "net.json")
	if err := os.WriteFile(path, []byte(json), 0o600); err != nil {
		t.Fatal(err)
	}
	return Lookup(path)
}

// TestRecipeRefuses compiles a network with settings that tflab cannot train with. Each
// error is one line that names the file and the key. The user may name another
// optimizer.
func TestRecipeRefuses(t *testing.T) {
	optimizer := func(class, config string) string {
		return fmt.Sprintf(`"optimizer": {"class_name": %q, "config": {%s}}, "loss": "categorical_crossentropy"`, class, config)
	}
	schedule := func(class, config string) string {
		return optimizer("SGD", fmt.Sprintf(`"learning_rate": {"class_name": %q, "config": {%s}}`, class, config))
	}
	for name, c := range map[string]struct {
		config, want string
		replaceable  bool // with --optimizer
	}{
		"Lion":          {optimizer("Lion", ""), `compile_config: optimizer: "Lion" is not a supported optimizer: want one of Adadelta,`, true},
		"scaled":        {optimizer("LossScaleOptimizer", ""), `"LossScaleOptimizer" is not a supported optimizer`, true},
		"own":           {`"optimizer": {"class_name": "Adam", "module": "mine", "config": {}}, "loss": "categorical_crossentropy"`, `compile_config: optimizer: class "Adam" of module "mine"`, true},
		"ema":           {optimizer("Adam", `"use_ema": true`), "compile_config: optimizer: Adam: use_ema: true is not supported: want false", true},
		"accumulation":  {optimizer("Adam", `"gradient_accumulation_steps": 4`), "Adam: gradient_accumulation_steps: 4 is not supported: want null", true},
		"loss scale":    {optimizer("Adam", `"loss_scale_factor": 2.0`), "Adam: loss_scale_factor: 2.0 is not supported: want null", true},
		"unknown key":   {optimizer("Adam", `"speed": 2`), "Adam: speed: 2: the key is not known to tflab and may change the result", true},
		"two clips":     {optimizer("Adam", `"clipnorm": 1.0, "clipvalue": 1.0`), "Adam: clipnorm, global_clipnorm and clipvalue: want one of them", true},
		"beta":          {optimizer("Adam", `"beta_1": 2.0`), "Adam: beta_1 2: want a number from 0 to 1", true},
		"rate":          {optimizer("SGD", `"learning_rate": 0.0`), "SGD: learning_rate: 0: want more than 0", true},
		"legacy":        {optimizer("RMSprop", `"is_legacy_optimizer": true`), "RMSprop: is_legacy_optimizer: true is not supported", true},
		"restarts":      {schedule("CosineDecayRestarts", ""), `SGD: learning_rate: "CosineDecayRestarts" is not a supported learning-rate schedule: want one of CosineDecay,`, true},
		"no steps":      {schedule("CosineDecay", `"initial_learning_rate": 0.1, "decay_steps": 0`), "SGD: learning_rate: CosineDecay: decay_steps: 0: want more than 0", true},
		"missing":       {schedule("ExponentialDecay", `"initial_learning_rate": 0.1`), "SGD: learning_rate: ExponentialDecay: decay_steps is missing", true},
		"pieces":        {schedule("PiecewiseConstantDecay", `"boundaries": [1], "values": [0.1]`), "PiecewiseConstantDecay: 1 boundaries and 1 values", true},
		"mse":           {`"optimizer": "sgd", "loss": "mse"`, `compile_config: loss: "mse" is not a supported loss: want one of CategoricalCrossentropy,`, false},
		"own loss":      {`"optimizer": "sgd", "loss": {"module": "builtins", "class_name": "function", "config": "my_loss"}`, `compile_config: loss: "my_loss" is not a supported loss`, false},
		"no loss":       {`"optimizer": "sgd", "loss": null`, "compile_config: loss: null: want an object or the name of a loss", false},
		"two losses":    {`"optimizer": "sgd", "loss": ["categorical_crossentropy", "mse"]`, "compile_config: loss: ", false},
		"ignored":       {`"optimizer": "sgd", "loss": {"class_name": "SparseCategoricalCrossentropy", "config": {"ignore_class": 0}}`, "loss: SparseCategoricalCrossentropy: ignore_class: 0 is not supported: want null", false},
		"sum":           {`"optimizer": "sgd", "loss": {"class_name": "CategoricalCrossentropy", "config": {"reduction": "sum"}}`, `loss: CategoricalCrossentropy: reduction: "sum": want sum_over_batch_size`, false},
		"smoothing":     {`"optimizer": "sgd", "loss": {"class_name": "CategoricalCrossentropy", "config": {"label_smoothing": 1.5}}`, "CategoricalCrossentropy: label_smoothing: 1.5: want 0 to 1", false},
		"metric":        {`"optimizer": "sgd", "loss": "categorical_crossentropy", "metrics": ["accuracy", "mae"]`, `compile_config: metrics: "mae" is not supported: want accuracy`, false},
		"named metric":  {`"optimizer": "sgd", "loss": "categorical_crossentropy", "metrics": [{"class_name": "Precision", "config": {"name": "accuracy"}}]`, `metrics: {"class_name":"Precision"`, false},
		"loss weights":  {`"optimizer": "sgd", "loss": "categorical_crossentropy", "loss_weights": [2.0]`, "compile_config: loss_weights: [2.0] is not supported: want null", false},
		"another key":   {`"optimizer": "sgd", "loss": "categorical_crossentropy", "magic": 1`, "compile_config: magic: 1: the key is not known to tflab and may change the result", false},
		"nothing to do": {`"optimizer": "sgd", "loss": "categorical_crossentropy"}, "nothing": {`, "", false},
	} {
		text := compiled(c.config)
		if name == "nothing to do" {
			text = sequential(flat, strings.Replace(classes, `"units"`, `"trainable": false, "units"`, 1))
			c.want = "all layers with weights are frozen"
		}
		n, err := lookup(t, text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		err = n.Recipe.Check(false)
		if err == nil || !strings.HasPrefix(err.Error(), n.File+": ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v: want %s in it", name, err, c.want)
		}
		if err := n.Recipe.Check(true); (err == nil) != c.replaceable {
			t.Errorf("%s: with another optimizer: got %v", name, err)
		}
	}
}

// TestRecipe compiles networks with settings that tflab can train with.
func TestRecipe(t *testing.T) {
	warm := 0.2
	base := tfmodels.Recipe{BatchSize: 32, Epochs: 1}
	with := func(change func(*tfmodels.Recipe)) tfmodels.Recipe {
		r := base
		change(&r)
		return r
	}
	plain := map[string]float64{"momentum": 0, "nesterov": 0}
	for name, c := range map[string]struct {
		config string
		want   tfmodels.Recipe
	}{
		"by name": {`"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"`,
			with(func(r *tfmodels.Recipe) { r.Optimizer, r.LearningRate, r.Hyperparameters = "sgd", 0.01, plain })},
		"one of each": {`"optimizer": "sgd", "loss": ["categorical_crossentropy"], "metrics": {"classes": ["acc"]}, "weighted_metrics": [], "loss_weights": null`,
			with(func(r *tfmodels.Recipe) { r.Optimizer, r.LearningRate, r.Hyperparameters = "sgd", 0.01, plain })},
		"Keras 2's decay": {`"optimizer_config": {"class_name": "SGD", "config": {"name": "SGD", "learning_rate": 0.10000000149011612, "decay": 0.001, "momentum": 0.9, "nesterov": true}}, "loss": "categorical_crossentropy"`,
			with(func(r *tfmodels.Recipe) {
				r.Optimizer, r.LearningRate, r.Decay, r.Hyperparameters = "sgd", 0.1, 0.001, map[string]float64{"momentum": 0.9, "nesterov": 1}
			})},
		"AdamW": {`"optimizer": {"class_name": "AdamW", "config": {"clipnorm": 1.0}}, "loss": {"class_name": "CategoricalCrossentropy", "config": {"label_smoothing": 0.1}}`,
			with(func(r *tfmodels.Recipe) {
				r.Optimizer, r.LearningRate, r.LabelSmoothing = "adamw", 0.001, 0.1
				r.Hyperparameters = map[string]float64{"amsgrad": 0, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "clipnorm": 1, "weight_decay": 0.004}
			})},
		"warm-up": {`"optimizer": {"class_name": "SGD", "config": {"learning_rate": {"class_name": "CosineDecay", "config": {"initial_learning_rate": 0.0, "decay_steps": 9, "warmup_target": 0.2, "warmup_steps": 3}}}}, "loss": "categorical_crossentropy"`,
			with(func(r *tfmodels.Recipe) {
				r.Optimizer, r.Hyperparameters = "sgd", plain
				r.Schedule = &optim.Decay{Class: "CosineDecay", DecaySteps: 9, WarmupTarget: &warm, WarmupSteps: 3}
			})},
	} {
		n, err := lookup(t, compiled(c.config))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(n.Recipe, c.want) {
			t.Errorf("%s: got %+v: want %+v", name, n.Recipe, c.want)
		}
	}
}
