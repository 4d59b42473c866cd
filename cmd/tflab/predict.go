package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/prediction"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs/serving"
)

func predictCommand() *cli.Command {
	formats := strings.Join(prediction.Formats(), ", ")
	return &cli.Command{
		Name:      "predict",
		Usage:     "classify images with a trained network",
		ArgsUsage: "RUN|SAVEDMODEL IMAGE... (png, jpeg, gif, npy, a folder of them, or - for one on stdin)",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "format", Value: "table", Usage: "write `FORMAT` " + formats},
			&cli.IntFlag{Name: "top", Value: 3, Usage: "show the `N` most probable classes"},
			&cli.BoolFlag{Name: "invert", Usage: "invert the brightness: for dark digits on light paper"},
			&cli.StringFlag{Name: "weights", DefaultText: "last", Usage: "of a run, use the weights `STATE`: last, best (of the best validation loss) or a file"},
		}, signatureFlags(), settingFlags("device", "threads", "cluster", "worker-timeout", "tf-log")),
		Action: predictAction,
	}
}

func predictAction(c *cli.Context) error {
	args := c.Args().Slice()
	if len(args) < 2 {
		_, err := operands(c, "RUN", "IMAGE") // reports the missing argument
		return err
	}
	format, top := c.String("format"), c.Int("top")
	if !slices.Contains(prediction.Formats(), format) {
		return usagef("predict: --format %q: want %s", format, strings.Join(prediction.Formats(), ", "))
	}
	if top < 1 {
		return usagef("predict: --top %d: want 1 or more", top)
	}
	o, err := predictionOptions(c)
	if err != nil {
		return err
	}
	network, err := prediction.Open(c.Context, args[0], o)
	if err != nil {
		return fmt.Errorf("predict %s: %w", args[0], err)
	}
	defer network.Close()
	con := consoleOf(c)
	var failed error // the last one becomes the command's error; the others are printed before
	result, err := prediction.Predict(c.Context, network, prediction.Request{
		Arguments: args[1:], Stdin: os.Stdin, Invert: c.Bool("invert"),
		Failed: func(err error) {
			if failed != nil {
				fmt.Fprintf(con.err, "tflab: %s\n", oneLine(failed.Error()))
			}
			failed = fmt.Errorf("predict: %w", err)
		},
	})
	if err != nil {
		return fmt.Errorf("predict %s: %w", args[0], err)
	}
	if len(result.Predictions) > 0 || failed == nil {
		if err := result.Write(con.out, format, network.Classes(), top); err != nil {
			return fmt.Errorf("predict %s: %w", args[0], err)
		}
	}
	advise(con, result, c.Bool("invert"))
	return failed
}

// advise warns about results that are probably not intended.
func advise(con console, result prediction.Result, invert bool) {
	n := len(result.Predictions)
	if result.DarkOnLight > 0 && !invert {
		con.warn(fmt.Sprintf("%d of %d images look like dark digits on light paper: the network may expect light digits on black; try --invert", result.DarkOnLight, n))
	}
	if !result.Distribution() {
		con.warn("the network's output is not a distribution over the classes: the numbers are shown unchanged")
	}
}

// signatureFlags choose which part of a SavedModel predicts.
func signatureFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "signature", DefaultText: serving.DefaultSignature + ", or the only one", Usage: "of a SavedModel, use the signature `NAME`"},
		&cli.StringFlag{Name: "output", DefaultText: "the only one", Usage: "of the signature, use the output `NAME`"},
		&cli.StringFlag{Name: "size", DefaultText: "as the signature says", Usage: "of a SavedModel that takes any size, the `HEIGHTxWIDTHxCHANNELS` of an image"},
		&cli.StringFlag{Name: "pixels", Value: "0..1", Usage: "of a SavedModel that takes floats, the `RANGE` from black to white: 0..1, 0..255 or -1..1"},
	}
}

func predictionOptions(c *cli.Context) (prediction.Options, error) {
	values := settings.Default()
	chosen := choices(c)
	for _, s := range values.Table() {
		if text, ok := chosen[s.Flag]; ok {
			if err := s.Set(text); err != nil {
				return prediction.Options{}, usageError{err}
			}
		}
	}
	o := prediction.Options{Weights: c.String("weights"), Device: values.Device, Threads: values.Threads, TFLog: values.TFLog,
		Cluster: len(values.Cluster) > 0, Machine: chosen, Warn: consoleOf(c).warn}
	o.Classifier.Signature, o.Classifier.Output = c.String("signature"), c.String("output")
	if size := c.String("size"); size != "" {
		s := &o.Classifier.Shape
		var rest string
		if n, _ := fmt.Sscanf(size+" ", "%dx%dx%d%s", &s[0], &s[1], &s[2], &rest); n != 3 || min(s[0], s[1], s[2]) < 1 || max(s[0], s[1]) > 1<<14 {
			return o, usagef("--size %q: want HEIGHTxWIDTHxCHANNELS, such as 28x28x1", size)
		}
	}
	ranges := map[string]serving.Range{"0..1": {White: 1}, "0..255": {White: 255}, "-1..1": {Black: -1, White: 1}}
	var ok bool
	if o.Classifier.Range, ok = ranges[c.String("pixels")]; !ok {
		return o, usagef("--pixels %q: want 0..1, 0..255 or -1..1", c.String("pixels"))
	}
	return o, nil
}
