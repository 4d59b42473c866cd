package graphs

// Plan has TensorFlow prepare the steps for the CPU: it optimizes the graph and makes
// the kernels, which it does when an operation is run for the first time. A program that
// plans while its data are read takes its first step sooner.
//
// Plan is of use before Load only: it runs the steps, and since there are no data yet,
// each of them fails at its first operation and changes no variable. Where steps are
// built for one size of batch, or run on workers, it does nothing.
func (p *Program) Plan() {
	if p.options.static() || p.options.Cluster.used() {
		return
	}
	for _, st := range []*Stage{p.Training, p.Inference} {
		if st != nil && st.loaded == nil {
			_, _ = p.session.Run(nil, nil, st.steps[anySize].targets) // it fails; what else is wrong, the first step says
		}
	}
}
