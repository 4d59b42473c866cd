package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/tflab/tflab/cmd/internal/server"
)

// endless is an infinite body.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestBodyLimit(t *testing.T) {
	url := start(t, halfPlusThree(), server.Options{MaxBody: 1 << 20}, server.Description{}) + predict
	r, err := http.Post(url, "", io.LimitReader(endless{}, 1<<30)) // a GiB, in chunks
	if err == nil {
		defer r.Body.Close()
		if r.StatusCode != 413 {
			t.Errorf("in chunks: status %d, want 413", r.StatusCode)
		}
	}
	c, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(url, "http://"), predict))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", predict, 1<<30)
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || answer.StatusCode != 413 {
		t.Errorf("announced: %v, %v: want 413", answer, err)
	}
	if status, _ := post(t, url, `{"instances": [1]}`+strings.Repeat(" ", 1<<19)); status != 200 {
		t.Errorf("within the limit: status %d", status)
	}
}
