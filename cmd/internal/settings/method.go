package settings

import (
	"errors"
	"strconv"
	"strings"

	"github.com/tflab/tflab/graphs"
)

// Settings that comprise several fields, or a field that is more than a bool.

// optimizerName is the optimizer. The recipe's learning rate belongs to the recipe's
// optimizer: choosing another one sets Keras's default rate.
type optimizerName struct{ *Recipe }

func (o optimizerName) Set(name string) error {
	if !strings.EqualFold(name, o.Optimizer) {
		o.LearningRate, o.Schedule, o.Hyperparameters = 0, nil, nil
	}
	o.Optimizer = name
	return nil
}

func (o optimizerName) String() string { return o.Optimizer }

// share is the validation split. A share of 0 means no validation.
type share struct{ *Recipe }

func (s share) Set(text string) (err error) {
	s.ValidationSplit, err = strconv.ParseFloat(text, 64)
	if s.Validation = LastExamples; s.ValidationSplit == 0 {
		s.Validation = NoValidation
	}
	return err
}

func (s share) String() string {
	if s.ValidationSplit == 0 {
		return ""
	}
	return strconv.FormatFloat(s.ValidationSplit, 'g', -1, 64)
}

// source is the source of validation examples other than a split.
type source struct{ *Recipe }

func (s source) Set(text string) error {
	s.Validation, s.ValidationSplit = Validation(text), 0
	if s.Validation != TestSet && s.Validation != NoValidation {
		return errors.New("unknown")
	}
	return nil
}

func (s source) String() string {
	if s.Validation == TestSet || s.Validation == NoValidation {
		return string(s.Validation)
	}
	return ""
}

// random reports whether the validation split takes examples at random.
type random struct{ *Recipe }

func (random) IsBoolFlag() bool { return true }

func (r random) Set(text string) error {
	on, err := strconv.ParseBool(text)
	if err != nil || !on {
		return err
	}
	if r.Validation != LastExamples {
		return errors.New("needs a validation split: give --validation-split F as well")
	}
	r.Validation = RandomExamples
	return nil
}

func (r random) String() string {
	return strconv.FormatBool(r.Recipe != nil && r.Validation == RandomExamples)
}

// not is a switch that turns a value off.
type not struct{ value *bool }

func (not) IsBoolFlag() bool { return true }

func (n not) Set(text string) error {
	off, err := strconv.ParseBool(text)
	*n.value = !off
	return err
}

func (n not) String() string { return strconv.FormatBool(n.value != nil && !*n.value) }

// jit is a switch whose default depends on the device.
type jit struct{ value *graphs.JIT }

func (jit) IsBoolFlag() bool { return true }

func (j jit) Set(text string) error {
	on, err := strconv.ParseBool(text)
	if *j.value = graphs.JITOff; on {
		*j.value = graphs.JITOn
	}
	return err
}

func (j jit) String() string {
	if j.value == nil || *j.value == "" {
		return ""
	}
	return strconv.FormatBool(*j.value == graphs.JITOn)
}

// tf32 is a switch that config.json records only if it is off.
type tf32 struct{ value **bool }

func (tf32) IsBoolFlag() bool { return true }

func (t tf32) Set(text string) error {
	on, err := strconv.ParseBool(text)
	if *t.value = nil; !on {
		*t.value = &on
	}
	return err
}

func (t tf32) String() string {
	if t.value == nil || *t.value == nil {
		return "true"
	}
	return strconv.FormatBool(**t.value)
}
