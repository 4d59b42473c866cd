package keras

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
)

// writtenAs is the Keras release whose keys are written. Later releases read them.
const writtenAs = "3.8.0"

// Save writes a network with its weights as a .keras file, which load_model of Keras
// 3.8 and later reads. how is the compile_config, or nil. The same network always gives
// the same bytes.
func Save(path string, m tfmodels.Model, weights []npy.Entry, how *Compile) error {
	d, err := describe(m)
	if err != nil {
		return err
	}
	compiled := *d
	if how != nil {
		kept := *how
		kept.Loss = lossOf(m, d, how.Loss)
		how = &kept
	}
	compiled.Compile = how
	config, err := encodeModel(&compiled)
	if err != nil {
		return err
	}
	when := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) // the earliest time of the zip format
	metadata, err := json.Marshal(dict{"keras_version": writtenAs, "date_saved": when.Format("2006-01-02@15:04:05")})
	if err != nil {
		return err
	}
	return writeFile(path, func(w io.Writer) error {
		z := zip.NewWriter(w)
		for _, member := range []struct {
			name  string
			write func(io.Writer) error
		}{
			{metadataFile, text(metadata)},
			{configFile, text(config)},
			{weightsFile, func(w io.Writer) error { return encodeWeights(w, m, weights) }},
		} {
			if err := store(z, member.name, when, member.write); err != nil {
				return err
			}
		}
		return z.Close()
	})
}

// lossOf returns the loss of the network's file, or else one that suits the network.
func lossOf(m tfmodels.Model, d *Model, usual Object) Object {
	if d.Compile != nil && d.Compile.Loss.Class != "" {
		return d.Compile.Loss
	}
	if n := networkOf(m); n != nil && n.GivesLogits() {
		usual = Object{usual.Class, maps.Clone(usual.Config)}
		usual.Config["from_logits"] = true
	}
	return usual
}

func text(data []byte) func(io.Writer) error {
	return func(w io.Writer) error { _, err := w.Write(data); return err }
}

// store adds an uncompressed member, as Keras does. It calls write twice, since the
// size and the checksum precede the data.
func store(z *zip.Writer, name string, when time.Time, write func(io.Writer) error) error {
	sum, size := crc32.NewIEEE(), &counter{}
	if err := write(io.MultiWriter(sum, size)); err != nil {
		return err
	}
	w, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Store, Modified: when, CRC32: sum.Sum32(),
		CompressedSize64: size.n, UncompressedSize64: size.n})
	if err != nil {
		return err
	}
	return write(w)
}

type counter struct{ n uint64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n += uint64(len(b))
	return len(b), nil
}

// Method describes how a network was trained, in the terms of package optim.
type Method struct {
	Optimizer       string
	LearningRate    float64
	Decay           float64      // decay of Keras 2; 0 means none
	Schedule        *optim.Decay // nil means a constant learning rate
	Hyperparameters map[string]float64
}

// CompileWith returns the compile_config for Save that describes how a network was
// trained. A decay becomes Keras's schedule InverseTimeDecay.
func CompileWith(how Method) (*Compile, error) {
	for class, settings := range optimizerFamily().classes {
		if strings.ToLower(class) != how.Optimizer {
			continue
		}
		c := Config{}
		for _, s := range settings {
			c[s.key] = s.value
		}
		for key, v := range how.Hyperparameters {
			if _, isFlag := c[key].(bool); isFlag {
				c[key] = v != 0
			} else {
				c[key] = v
			}
		}
		c["learning_rate"] = how.LearningRate
		switch {
		case how.Schedule != nil:
			c["learning_rate"] = scheduleOf(*how.Schedule)
		case how.Decay != 0:
			c["learning_rate"] = scheduleOf(optim.Decay{Class: "InverseTimeDecay", InitialRate: how.LearningRate, DecaySteps: 1, DecayRate: how.Decay})
		}
		return &Compile{Optimizer: Object{class, c}, Loss: defaultObject(lossFamily(), "CategoricalCrossentropy"), Metrics: []string{"accuracy"}}, nil
	}
	return nil, fmt.Errorf("the optimizer %s has no known class in Keras", how.Optimizer)
}
