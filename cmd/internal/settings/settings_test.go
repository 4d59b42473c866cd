package settings

import (
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tflab/tflab/tfmodels"
)

func TestTableIsConsistent(t *testing.T) {
	values := Default()
	recorded := jsonNames(reflect.TypeOf(values), "")
	recorded["jit"] = true // as used, not as chosen: a field of another type
	seen := map[string]bool{}
	for _, s := range values.Table() {
		if seen[s.Flag] || s.Flag == "" || s.Help == "" || s.Group == "" {
			t.Errorf("%+v: want a flag of its own, a help and a group", s)
		}
		seen[s.Flag] = true
		if (s.Valid != nil) && s.Want == "" {
			t.Errorf("--%s: some values are not valid, and Want does not say which are", s.Flag)
		}
		if (s.Key == "") != (s.Effect == AnotherRun) {
			t.Errorf("--%s: key %q and effect %d: want both or neither", s.Flag, s.Key, s.Effect)
		}
		if s.Key != "" && !recorded[s.Key] {
			t.Errorf("--%s: config.json has no %s", s.Flag, s.Key)
		}
	}
}

// jsonNames are the names of a struct's fields in JSON, those of inner structs after a dot.
func jsonNames(t reflect.Type, prefix string) map[string]bool {
	names := map[string]bool{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		names[prefix+name] = true
		if inner := t.Field(i).Type; inner.Kind() == reflect.Struct {
			maps.Copy(names, jsonNames(inner, prefix+name+"."))
		}
	}
	return names
}

// The command line that Arguments makes from chosen values chooses the same values.
func TestArgumentsChooseTheSame(t *testing.T) {
	n, err := tfmodels.Lookup("cifar10-cnn")
	if err != nil {
		t.Fatal(err)
	}
	for _, choices := range []Choices{
		{},
		{"decay": "0", "learning-rate": "3e-05", "batch-size": "7", "epochs": "2", "limit": "100", "seed": "-5"},
		{"optimizer": "ADAM", "validation": "none", "jit": "true", "memory-limit": "3M", "threads": "3", "replicas": "2", "device": "gpu:1"},
		{"jit": "false", "tf32": "false", "deterministic": "true", "optimizer": "sgd", "validation-split": "0.3", "validation-random": "true", "no-dropout": "true", "precision": "mixed_float16", "semantics": "keras2"},
		{"early-stopping": "4", "order": "o.npy", "initial-weights": "w.npz", "out": "there", "resume": "true", "tensorboard-histograms": "true",
			"checkpoint-minutes": "0.5", "checkpoint-every": "3", "keep": "1", "data": "d", "dataset": "folder", "verbose": "2", "tf-log": "true"},
	} {
		want := For(n)
		if err := want.Choose(choices); err != nil {
			t.Fatal(err)
		}
		again := Choices{}
		words := want.Arguments(Data, Method, Keeping, Machine)
		for i := 0; i < len(words); i++ {
			flag, value, attached := strings.Cut(strings.TrimPrefix(words[i], "--"), "=")
			if attached {
				again[flag] = value
				continue
			}
			if i+1 == len(words) || strings.HasPrefix(words[i+1], "--") {
				again[flag] = "true"
				continue
			}
			i++
			again[flag] = words[i]
		}
		delete(again, "checkpoint-minutes") // 0 is the default
		if want.CheckpointMinutes > 0 {
			again["checkpoint-minutes"] = choices["checkpoint-minutes"]
		}
		got := For(n)
		if err := got.Choose(again); err != nil {
			t.Errorf("%v: %v: %v", choices, words, err)
			continue
		}
		got.Chosen = want.Chosen
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v: %v (-want +got):\n%s", choices, words, diff)
		}
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "500": 500, "3k": 3 << 10, "2M": 2 << 20, "1G": 1 << 30, "8589934591G": 8589934591 << 30,
		"": 0, "0": 0, "-1": 0, "1.5G": 0, "2T": 0, "M": 0, "8589934592G": 0, "2 G": 0, "2GB": 0} {
		var s Size
		err := s.Set(text)
		if (err == nil) != (want > 0) || err == nil && int64(s) != want {
			t.Errorf("%q: %d, %v; want %d (0: an error)", text, s, err, want)
		}
	}
}

// Every field of Values has a setting, either directly or through a type in method.go,
// or is derived from one.
func TestEveryFieldHasASetting(t *testing.T) {
	follows := map[string]bool{"Recipe": true, "WeightsSHA256": true, "Chosen": true,
		"Hyperparameters": true, "Schedule": true, "LabelSmoothing": true, "Validation": true, "ValidationSplit": true, "OrderSHA256": true, "Optimizer": true, "Dropout": true, "JIT": true, "TF32": true, "WorkerTimeout": true}
	var v Values
	pointed := map[any]bool{}
	for _, s := range v.Table() {
		pointed[s.Value] = true
	}
	for _, at := range []reflect.Value{reflect.ValueOf(&v).Elem(), reflect.ValueOf(&v.Recipe).Elem()} {
		for i := range at.NumField() {
			if name := at.Type().Field(i).Name; !follows[name] && !pointed[at.Field(i).Addr().Interface()] {
				t.Errorf("%s has no setting", name)
			}
		}
	}
}
