package dataset

import (
	"bytes"
	"fmt"
	"math"
	"testing"
)

func TestReadN(t *testing.T) {
	const stride = 1 << 20
	for _, tt := range []struct {
		there int
		n     int64
		want  string // of the error; "" for none
	}{
		{0, 0, ""},
		{5, 0, ""},
		{1, 1, ""},
		{stride, stride, ""},
		{stride + 1, stride + 1, ""},
		{4*stride + 3, 4*stride + 2, ""},
		{0, 1, "got 0 bytes: want 1; the file is cut short"},
		{stride - 1, stride, fmt.Sprintf("got %d bytes: want %d; the file is cut short", stride-1, stride)},
		{stride, stride + 1, fmt.Sprintf("got %d bytes: want %d; the file is cut short", stride, stride+1)},
		{stride + 1, math.MaxInt64, fmt.Sprintf("got %d bytes: want %d; the file is cut short", stride+1, int64(math.MaxInt64))},
	} {
		content := fill(tt.there)
		got, err := readN(bytes.NewReader(content), tt.n)
		switch {
		case tt.want != "":
			if err == nil || err.Error() != tt.want {
				t.Errorf("%d of %d bytes: got error %v, want %q", tt.n, tt.there, err, tt.want)
			}
		case err != nil:
			t.Errorf("%d of %d bytes: %v", tt.n, tt.there, err)
		case !bytes.Equal(got, content[:tt.n]):
			t.Errorf("%d of %d bytes: not the first ones", tt.n, tt.there)
		}
	}
}
