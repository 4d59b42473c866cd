package graphs

// Plan makes TensorFlow prepare the steps for the CPU: it optimizes the graph and
// creates the kernels, which otherwise happens at the first execution of an operation.
// If a program plans while its data is being read, its first step comes sooner.
//
// Plan must be called before Load. It runs the steps, and since there is no data yet,
// each of them fails at its first operation and changes no variable. If each batch size
// has its own step, or if the steps run on workers, Plan does nothing.
func (p *Program) Plan() {
	if p.options.static() || p.options.Cluster.used() {
		return
	}
	for _, st := range []*Stage{p.Training, p.Inference} {
		if st != nil && st.loaded == nil {
			_, _ = p.session.Run(nil, nil, st.steps[anySize].targets) // it fails; the first step will report any other error
		}
	}
}
