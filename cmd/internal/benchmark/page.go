package benchmark

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// The contenders whose speeds are compared.
const (
	Resident  = "tflab float32"
	Streaming = "tflab float32, streaming"
)

const legend = `A step is the median of a contender's runs, where each run counts with the median of its epochs without the
first; the best and the worst run are in brackets. A ratio is the best peer's value divided by the
contender's value in the same round: the median over the rounds, more than 1 if the peer took more. The best
peer is the one with the least value among the peers in float32 and in the same precision. The interval in
brackets contains the median ratio of a step with a confidence of 95 %, computed from the ratios of all
epochs but the first (golang.org/x/perf/benchmath, without an assumption about their distribution; 6 or more
ratios are needed). A ~ before a ratio means that the interval contains 1: the difference is within the
noise. A ? means that there are too few epochs for an interval.

A peer that took twice as long as another, for a step and as a process, skips the remaining rounds. The time
of a process is from its start to its exit, including data, validation and test. The time of the first step
is from the start of the process; with 50 steps per execution, it is the time of the first fifty steps.
Memory is the largest resident set. Other load is the share of the machine's cores that other programs used
during the run. tflab uses its default number of replicas, which is two for a CNN on two threads of a CPU,
unless another number is stated.

The limit is the machine's rate of multiplying large matrices through TensorFlow in the contender's type,
measured between the rounds. The share of the limit assumes two operations per multiply-add, and three times
the multiply-adds of the forward pass, but twice in the first layer: the backward pass has two products as
large as the forward one, for the gradients of the weights and of the input, and the gradient of the images
is not computed.
`

// Markdown returns the page of tables.
func (r *Result) Markdown() string {
	r.summarise()
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmark\n\n%s\n", r.Machine.table())
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "\n%s\n", note)
	}
	for _, n := range r.Networks {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", n.Name, n.heading())
		fmt.Fprintf(&b, "\n%s\n", n.table())
		if s := n.streaming(); s != "" {
			fmt.Fprintf(&b, "\n%s\n", s)
		}
		if len(n.Scaling) > 0 {
			fmt.Fprintf(&b, "\nMilliseconds per step of tflab in float32, by batch, threads and replicas; microseconds per example in brackets:\n\n%s\n", n.scaling())
		}
	}
	fmt.Fprintf(&b, "\n## The limit\n\n%s\n\n## How to read this\n\n%s", r.limit(), legend)
	return b.String()
}

func (m Machine) table() string {
	rows := [][]string{{"CPU", strings.TrimSpace(m.CPU + " " + strings.Join(m.Features, " "))}, {"cores", fmt.Sprint(m.Cores)}}
	for _, card := range m.GPUs {
		rows = append(rows, []string{"GPU", card})
	}
	rows = append(rows, []string{"memory", m.Memory}, []string{"load average at the start", m.Load}, []string{"system", m.System},
		[]string{"TensorFlow", m.TensorFlow}, []string{"Keras", m.Keras}, []string{"Keras on JAX", m.JAX}, []string{"PyTorch", m.PyTorch}, []string{"Go", m.Go}, []string{"started", m.Started.UTC().Format("2006-01-02 15:04 UTC")})
	rows = slices.DeleteFunc(rows, func(row []string) bool { return row[1] == "" })
	return markdown([]string{"machine", ""}, rows, 2)
}

func (n *Network) heading() string {
	return fmt.Sprintf("Batches of %d, %d training examples (%d steps) an epoch, %d epochs, %.2f million multiply-adds an example.",
		n.Batch, n.Examples, n.Steps(), n.Epochs, float64(n.MultiplyAdds)/1e6)
}

func (n *Network) table() string {
	head := []string{"", "ms/step", "ratio", "process (s)", "ratio", "first step (s)", "ratio", "memory (MiB)", "ratio", "of the limit", "other load", "rounds"}
	var rows [][]string
	for _, c := range n.Contenders {
		s := c.Summary
		if s == nil {
			continue
		}
		rows = append(rows, []string{c.Name, s.spread(), s.stepRatio(),
			number(s.Total, 1), number(s.TotalRatio, 2), number(s.Startup, 2), number(s.StartupRatio, 2),
			number(s.Peak/(1<<20), 0), number(s.PeakRatio, 2), percent(s.Share), fmt.Sprintf("%.0f %%", 100*s.OtherLoad), fmt.Sprint(len(c.values(step)))})
	}
	return markdown(head, rows, 1)
}

// streaming describes the cost of not keeping the data on the device.
func (n *Network) streaming() string {
	resident, streaming := n.Find(Resident), n.Find(Streaming)
	if resident == nil || streaming == nil {
		return ""
	}
	speed := relative(streaming, resident, step)
	if speed == 0 {
		return ""
	}
	return fmt.Sprintf("With streamed data, tflab trains at %s of the speed with data on the device.", percent(speed))
}

// scaling returns a table with a row for each batch size and a column for each
// parallelism.
func (n *Network) scaling() string {
	var batches []int
	var columns []Parallelism
	steps := map[int]map[Parallelism]float64{}
	for _, p := range n.Scaling {
		if steps[p.Batch] == nil {
			steps[p.Batch] = map[Parallelism]float64{}
			batches = append(batches, p.Batch)
		}
		if !slices.Contains(columns, p.Parallelism) {
			columns = append(columns, p.Parallelism)
		}
		steps[p.Batch][p.Parallelism] = p.Step
	}
	head := []string{"batch"}
	for _, c := range columns {
		head = append(head, c.String())
	}
	var rows [][]string
	for _, batch := range batches {
		row := []string{fmt.Sprint(batch)}
		for _, c := range columns {
			s := steps[batch][c]
			row = append(row, fmt.Sprintf("%s (%s)", number(1e3*s, 2), number(1e6*s/float64(batch), 1)))
		}
		rows = append(rows, row)
	}
	return markdown(head, rows, 1)
}

func (r *Result) limit() string {
	var rows [][]string
	for _, rate := range r.Rates {
		rows = append(rows, []string{rate.Precision, number(rate.Operations/1e9, 0)})
	}
	return markdown([]string{"matrices in", "GFLOP/s"}, rows, 1)
}

// number formats a number, or a dash if it was not measured.
func number(v float64, digits int) string {
	if v == 0 {
		return "-"
	}
	return fmt.Sprintf("%.*f", digits, v)
}

func percent(v float64) string {
	if v == 0 {
		return "-"
	}
	return number(100*v, 0) + " %"
}

// markdown formats a table with words in the first columns and numbers in the others.
func markdown(head []string, rows [][]string, words int) string {
	t := table.NewWriter()
	var columns []table.ColumnConfig
	for i := range head {
		if i >= words {
			columns = append(columns, table.ColumnConfig{Number: i + 1, Align: text.AlignRight})
		}
	}
	t.SetColumnConfigs(columns)
	t.AppendHeader(cells(head))
	for _, row := range rows {
		t.AppendRow(cells(row))
	}
	return t.RenderMarkdown()
}

func cells(words []string) table.Row {
	row := make(table.Row, len(words))
	for i, w := range words {
		row[i] = w
	}
	return row
}
