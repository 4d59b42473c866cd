package dataset

// remote is a source from which a data set can be downloaded.
type remote struct {
	base    string // URL, with a trailing slash
	folder  string // folder in the cache; "" for a single file
	archive bool   // whether the source is one tar.gz file, to unpack into folder
	files   []remoteFile
}

// remoteFile describes a published file.
type remoteFile struct {
	name string
	size int64
	sum  string // SHA-256
}

// mnistRemotes returns the sources of MNIST, in the order in which they are tried. The
// four files are those of LeCun, Cortes and Burges, whose own server no longer offers
// them; mnist.npz is the file of keras.datasets.
func mnistRemotes() []remote {
	files := []remoteFile{
		{"train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
		{"train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
		{"t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
		{"t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
	}
	return []remote{
		{"https://storage.googleapis.com/cvdf-datasets/mnist/", "mnist", false, files},
		{"https://ossci-datasets.s3.amazonaws.com/mnist/", "mnist", false, files},
		{"https://storage.googleapis.com/tensorflow/tf-keras-datasets/", "", false, []remoteFile{
			{"mnist.npz", 11490434, "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"},
		}},
	}
}

// cifarRemotes returns the source of CIFAR-10.
func cifarRemotes() []remote {
	const base = "https://www.cs.toronto.edu/~kriz/"
	return []remote{
		{base, "cifar-10-batches-bin", true, []remoteFile{
			{"cifar-10-binary.tar.gz", 170052171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
		}},
		{base, "cifar-10-batches-py", true, []remoteFile{
			{"cifar-10-python.tar.gz", 170498071, "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"},
		}},
	}
}
