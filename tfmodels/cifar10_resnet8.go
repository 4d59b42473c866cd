package tfmodels

// CIFAR10ResNet8 returns a small residual network for CIFAR-10, with the three stages
// of He et al. (2016, section 4.2), of one block each.
func CIFAR10ResNet8() *Functional {
	m, err := ResNet("cifar10-resnet8", [3]int{32, 32, 3}, 16, []Residual{
		{Filters: 16, Stride: 1}, // [32 32 16]
		{Filters: 32, Stride: 2}, // [16 16 32]
		{Filters: 64, Stride: 2}, // [8 8 64]
	}, 10)
	if err != nil {
		panic(err)
	}
	return m
}
