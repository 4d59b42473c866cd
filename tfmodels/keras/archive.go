package keras

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// Members of a .keras file, and limits on reading them.
const (
	metadataFile = "metadata.json"
	configFile   = "config.json"
	weightsFile  = "model.weights.h5"

	maxJSON     = 16 << 20
	maxDeflated = 256 << 20 // Keras does not compress the weights; another program may have
	maxRatio    = 100       // limit on a member's size relative to its compressed size: weights hardly compress
)

// archive is an open .keras file: a zip archive of three members.
type archive struct {
	file    *os.File
	members map[string]*zip.File
}

// openArchive opens a .keras file.
func openArchive(path string) (*archive, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	a := &archive{file: f, members: map[string]*zip.File{}}
	if err := a.list(); err != nil {
		f.Close()
		return nil, err
	}
	return a, nil
}

func (a *archive) list() error {
	info, err := a.file.Stat()
	if err != nil {
		return err
	}
	listed, err := zip.NewReader(a.file, info.Size())
	if err != nil {
		return errors.New("not a .keras file, or one that is cut short: want a zip archive")
	}
	for _, f := range listed.File {
		if a.members[f.Name] != nil {
			return fmt.Errorf("%s occurs twice in the archive: want it once", f.Name)
		}
		a.members[f.Name] = f
	}
	return nil
}

func (a *archive) Close() error { return a.file.Close() }

// member returns one of the three members.
func (a *archive) member(name string) (*zip.File, error) {
	f := a.members[name]
	if f == nil {
		return nil, fmt.Errorf("%s is missing in the archive: want a .keras file of Keras 2.12 or later", name)
	}
	if f.Method != zip.Store && f.UncompressedSize64 > maxRatio*f.CompressedSize64+1<<16 {
		return nil, fmt.Errorf("%s would expand from %d to %d bytes: want at most %d times the size", name, f.CompressedSize64, f.UncompressedSize64, maxRatio)
	}
	return f, nil
}

// json reads a text member.
func (a *archive) json(name string) ([]byte, error) {
	f, err := a.member(name)
	if err != nil {
		return nil, err
	}
	if f.UncompressedSize64 > maxJSON {
		return nil, fmt.Errorf("%s has %d bytes: want at most %d", name, f.UncompressedSize64, maxJSON)
	}
	return readMember(f)
}

// weights opens the member with the weights after verifying its checksum. An
// uncompressed member, as Keras writes it, is then read in place.
func (a *archive) weights() (io.ReaderAt, int64, error) {
	f, err := a.member(weightsFile)
	if err != nil {
		return nil, 0, err
	}
	if f.Method != zip.Store {
		if f.UncompressedSize64 > maxDeflated {
			return nil, 0, fmt.Errorf("%s has %d bytes, compressed: want at most %d, or an uncompressed member as Keras writes it", weightsFile, f.UncompressedSize64, maxDeflated)
		}
		data, err := readMember(f)
		return bytes.NewReader(data), int64(len(data)), err
	}
	offset, err := f.DataOffset()
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", weightsFile, err)
	}
	section := io.NewSectionReader(a.file, offset, int64(min(f.UncompressedSize64, f.CompressedSize64)))
	sum := crc32.NewIEEE()
	if n, err := io.Copy(sum, section); err != nil || n != section.Size() || sum.Sum32() != f.CRC32 {
		return nil, 0, fmt.Errorf("%s is damaged or cut short: its checksum does not match", weightsFile)
	}
	return section, section.Size(), nil
}

func readMember(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	defer r.Close()
	data := make([]byte, f.UncompressedSize64) // the caller has limited the size
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, fmt.Errorf("%s is damaged or cut short: %w", f.Name, err)
	}
	if n, err := r.Read(make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) { // zip verifies the checksum at the end of the member
		return nil, fmt.Errorf("%s is damaged: %w", f.Name, cmp.Or(err, errors.New("it is longer than the archive says")))
	}
	return data, nil
}
