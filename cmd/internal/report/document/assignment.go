package document

// topic is a part of the assignment with its own heading.
type topic struct {
	exercise  int
	title     string
	questions []asked
}

// asked is one question of the assignment.
type asked struct {
	number int
	points int
	bonus  bool
	asks   string // the question in one line
	// discussed means that the reader answers in words; the report has measurements to
	// support the text.
	discussed bool
	// show adds the report's content for the question. If nil, only the reader can
	// answer.
	show func(*answer)
}

// exercises are the titles of the assignment's exercises, from 1.
var exercises = [...]string{1: "Exercise one: handwritten digits", 2: "Exercise two: objects in colour images", 3: "Exercise three: low-level functions"}

// assignment lists the topics and questions in the assignment's order. The catalogue of
// package tfmodels defines which networks a question is about.
func assignment() []topic {
	return []topic{
		{1, "Handwritten digits", []asked{
			{number: 1, points: 3, discussed: true, asks: "Where is the automatic recognition of handwritten digits useful?"},
		}},
		{1, "Training and evaluation", []asked{
			{number: 2, points: 5, asks: "The duration and the scores of each epoch of the linear perceptron.", show: (*answer).epochs},
			{number: 3, points: 3, asks: "The plot of the training history.", show: (*answer).histories},
			{number: 4, points: 5, discussed: true, asks: "How do the accuracies on training and validation sets progress, and what does the difference say about generalization?", show: (*answer).generalization},
			{number: 5, points: 2, asks: "Loss and accuracy on the test set.", show: (*answer).scores},
			{number: 6, points: 5, discussed: true, asks: "For which uses of digit classification is this accuracy sufficient?", show: (*answer).mistakes},
		}},
		{1, "Changing the model's parameters", []asked{
			{number: 7, points: 5, discussed: true, asks: "How does a linear activation limit what the network can compute?", show: (*answer).collapse},
			{number: 8, points: 2, asks: "The plot of the training history with a rectified activation.", show: (*answer).histories},
			{number: 9, points: 5, discussed: true, asks: "How does this history differ from the linear network's, and what does the difference say about generalization?", show: (*answer).comparison},
		}},
		{1, "Deep convolutional networks", []asked{
			{number: 10, points: 2, asks: "The plot of the convolutional network's training history.", show: (*answer).histories},
			{number: 11, points: 5, discussed: true, asks: "How does this history differ from the previous network's, and what does the difference say about generalization?", show: (*answer).comparison},
			{number: 12, points: 2, asks: "Loss and accuracy on the test set.", show: (*answer).scores},
			{number: 13, points: 5, discussed: true, asks: "For which uses of digit classification is this accuracy sufficient?", show: (*answer).mistakes},
			{number: 14, points: 3, discussed: true, asks: "How does dropout change the training history, for training and validation sets, and the duration of an epoch?", show: (*answer).dropout},
			{number: 15, points: 3, discussed: true, asks: "What do the two histories say about the generalization of the two networks?", show: (*answer).generalizations},
		}},
		{2, "Objects in colour images", []asked{
			{number: 16, points: 6, asks: "The code that defines the network for CIFAR-10.", show: (*answer).definition},
			{number: 17, points: 2, asks: "The plot of the training history.", show: (*answer).histories},
			{number: 18, points: 5, discussed: true, asks: "How does this history differ from that of the convolutional network for digits, and why?", show: (*answer).comparison},
			{number: 19, points: 4, discussed: true, asks: "How does the duration of an epoch differ from that of the convolutional network for digits? Which factors contribute?", show: (*answer).costs},
		}},
		{3, "Low-level functions", []asked{
			{number: 20, points: 5, asks: "A function that convolves images or stacks of feature maps with a set of filters.",
				show: excerpts("conv2d.go", "Conv2D", "correlate", "patches", "kernels", "convolution")},
			{number: 21, points: 2, asks: "A function that applies a rectified linear activation.", show: excerpts("relu.go", "ReLU")},
			{number: 22, points: 3, asks: "A function that max-pools over windows of a given extent.", show: excerpts("maxpool.go", "MaxPool", "windows", "pooling")},
			{number: 23, points: 2, asks: "A function that normalizes each feature map to mean 0 and standard deviation 1.", show: excerpts("normalize.go", "Normalize", "standardize")},
			{number: 24, points: 5, asks: "A function that computes a fully connected layer with a given number of output nodes.", show: excerpts("dense.go", "FullyConnected", "rows", "connection")},
			{number: 25, points: 2, asks: "A function that turns activations into probabilities: softmax.", show: excerpts("softmax.go", "Softmax", "wantClasses")},
		}},
		{3, "Backpropagation of error", []asked{
			{number: 26, points: 5, bonus: true, asks: "A function that backpropagates error to the convolutional filters, and what changes around the convolution of Question 20.", show: (*answer).backpropagation},
			{number: 27, points: 5, bonus: true, asks: "The code of a network made of these functions, and the accuracy of its labels.", show: (*answer).network},
			{number: 28, points: 5, bonus: true, asks: "The plot of the network's classification accuracy over 100 cycles on MNIST.", show: (*answer).cycles},
		}},
	}
}
