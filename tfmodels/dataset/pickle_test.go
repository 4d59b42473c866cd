package dataset

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// python2Batch returns a batch in the format of the official files, identical except
// for the records: Python 2, protocol 2, the array's bytes in a str.
func python2Batch(labels []byte, planes []byte) []byte {
	var b bytes.Buffer
	b.WriteString("\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch 1 of 5q\x03U\x06labelsq\x04]q\x05(")
	for _, l := range labels {
		b.Write([]byte{'K', l})
	}
	b.WriteString("eU\x04dataq\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85q\tU\x01b\x87q\nRq\x0b")
	b.WriteString("(K\x01K" + string(byte(len(planes)/cifarPixels)) + "M\x00\x0c\x86q\x0ccnumpy\ndtype\nq\rU\x02u1q\x0eK\x00K\x01\x87q\x0fRq\x10")
	b.WriteString("(K\x03U\x01|q\x11NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x12b\x89T")
	b.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(planes))))
	b.Write(planes)
	b.WriteString("q\x13tq\x14bu.")
	return b.Bytes()
}

// pythonBatch converts a batch of the binary version to the Python version.
func pythonBatch(records []byte) []byte {
	var labels, planes []byte
	for ; len(records) > 0; records = records[cifarRecord:] {
		labels = append(labels, records[0])
		planes = append(planes, records[1:cifarRecord]...)
	}
	return python2Batch(labels, planes)
}

// pythonCIFAR returns the files of the Python version with the same images as
// smallCIFAR.
func pythonCIFAR() map[string][]byte {
	files := make(map[string][]byte)
	for name, content := range smallCIFAR() {
		if stem, ok := strings.CutSuffix(name, ".bin"); ok {
			files[stem] = pythonBatch(content)
		}
	}
	meta := "\x80\x02}q\x01U\x0blabel_namesq\x02]q\x03("
	for _, class := range cifarClasses() {
		meta += "U" + string(rune(len(class))) + class
	}
	files["batches.meta"] = []byte(meta + "es.")
	return files
}

// TestPickles reads files that Python wrote with testdata/make.py.
func TestPickles(t *testing.T) {
	names, err := filepath.Glob("testdata/*.pickle.gz")
	if err != nil || len(names) != 40 {
		t.Fatalf("%d pickles, %v, want 40", len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			content, err := readCIFARFile(os.DirFS("."), name)
			if err != nil {
				t.Fatal(err)
			}
			b, err := parseCIFARPickle(content)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b.labels, []byte{3, 8}) {
				t.Errorf("labels %v, want 3 8", b.labels)
			}
			if len(b.pixels) != 2*cifarPixels || b.stride != cifarPixels {
				t.Fatalf("%d bytes, stride %d", len(b.pixels), b.stride)
			}
			for i, got := range b.pixels {
				if want := byte(7*(i%cifarPixels) + 3*(i/cifarPixels)); got != want {
					t.Fatalf("byte %d: got %d, want %d", i, got, want)
				}
			}
		})
	}
}

// TestPickleRefusals reads pickles with forbidden content or false sizes. They must not
// execute anything, panic, or allocate memory for a false size.
func TestPickleRefusals(t *testing.T) {
	good := python2Batch([]byte{1}, make([]byte, cifarPixels))
	for name, c := range map[string]struct{ pickle, want string }{
		"os.system":       {"cos\nsystem\n(S'touch /tmp/x'\ntR.", "names os.system, which is refused"},
		"builtins.eval":   {"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.", "names builtins.eval, which is refused"},
		"an instance":     {"(ios\nsystem\n.", "opcode 0x69 is refused"},
		"NEWOBJ":          {"\x80\x02cnumpy\nndarray\n)\x81.", "opcode 0x81 is refused"},
		"persistent id":   {"Pfoo\n.", "opcode 0x50 is refused"},
		"extension":       {"\x80\x02\x82\x01.", "opcode 0x82 is refused"},
		"out of band":     {"\x80\x05\x97.", "opcode 0x97 is refused"},
		"opcode 255":      {"\xff.", "opcode 0xff is refused"},
		"4 GiB":           {"\x80\x02T\xff\xff\xff\x7fabc.", "has 2147483651 bytes, but 8 are left"},
		"2^63 bytes":      {"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.", "are left; the file is cut short"},
		"2^64 bytes":      {"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xff.", "are left; the file is cut short"},
		"frame":           {"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7fN.", "frame of 9223372036854775807 bytes, but 2 are left"},
		"empty":           {"", "cut short"},
		"cut short":       {string(good[:len(good)-2]), "cut short"},
		"cut in pixels":   {string(good[:1000]), "cut short"},
		"trailing":        {string(good) + "x", "1 bytes follow the pickle"},
		"empty stack":     {".", "the stack is empty"},
		"empty long":      {"\x80\x02\x8a\x00.", "not a valid pickle"},
		"odd dictionary":  {"(K\x01d.", "not a valid pickle"},
		"a list":          {"].", "want a dictionary"},
		"no data":         {"}.", `no "data"`},
		"not a picture":   {"}(U\x04dataK\x01U\x06labels]u.", "data: got int: want a NumPy array"},
		"no state":        {"}(U\x04datacnumpy.core.multiarray\n_reconstruct\n)RU\x06labels]u.", "data: array of dtype none"},
		"label of 256":    {strings.Replace(string(good), "K\x01eU", "M\x00\x01eU", 1), "label of record 0: got 256"},
		"one label more":  {strings.Replace(string(good), "K\x01eU", "K\x01K\x02eU", 1), "but 2 labels"},
		"float labels":    {strings.Replace(string(good), "K\x01eU", "F1.5\neU", 1), "labels: item 0: got float64"},
		"wrong shape":     {strings.Replace(string(good), "M\x00\x0c", "M\x01\x0c", 1), "shape [1 3073]"},
		"shape overflows": {strings.Replace(string(good), "K\x01M\x00\x0c", "J\xff\xff\xff\x7fM\x00\x0c", 1), "2147483647 images"},
		"signed":          {strings.Replace(string(good), "U\x02u1", "U\x02i1", 1), "dtype i1: want uint8"},
		"contains itself": {"]q\x00h\x00a.", "want a dictionary"},
		"a list as dtype": {"cnumpy\ndtype\n]q\x00h\x00a\x85R.", "numpy.dtype: got *types.List: want bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseCIFARPickle([]byte(c.pickle))
			wantError(t, err, c.want)
		})
	}
	t.Run("too many opcodes", func(t *testing.T) {
		_, err := parseCIFARPickle(bytes.Repeat([]byte("("), maxOpcodes+1))
		wantError(t, err, "more than 1048576 opcodes")
	})
}

func FuzzPickle(f *testing.F) {
	f.Add(python2Batch([]byte{1, 2}, make([]byte, 2*cifarPixels)))
	for _, content := range pythonCIFAR() {
		f.Add(content)
	}
	names, err := filepath.Glob("testdata/*.pickle.gz")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		content, err := readCIFARFile(os.DirFS("."), name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		b, err := parseCIFARPickle(content)
		if err == nil && len(b.pixels) != len(b.labels)*cifarPixels {
			t.Errorf("%d labels, %d bytes of pixels", len(b.labels), len(b.pixels))
		}
		if names, err := parseCIFARMeta(content); err == nil && len(names) != 10 {
			t.Errorf("%d class names", len(names))
		}
	})
}

// oneFile is a file system in which every name is the same file.
type oneFile struct{ content []byte }

func (o oneFile) Open(string) (fs.File, error) {
	return fstest.MapFS{"x": {Data: o.content}}.Open("x")
}
