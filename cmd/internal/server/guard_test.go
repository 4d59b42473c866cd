package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tflab/tflab/cmd/internal/server"
)

func TestForeignRequests(t *testing.T) {
	local := start(t, halfPlusThree(), server.Options{Local: true}, server.Description{})
	for _, c := range []struct {
		name, host, origin, site string
		want                     int
	}{
		{"curl", "", "", "", 200},
		{"localhost", "localhost:8501", "", "", 200},
		{"IPv6", "[::1]:8501", "", "", 200},
		{"rebound name", "attacker.example", "", "", 403},
		{"rebound name like ours", "localhost.attacker.example:8501", "", "", 403},
		{"own page", "localhost:8501", "http://localhost:8501", "same-origin", 200},
		{"other page", "localhost:8501", "http://attacker.example", "cross-site", 403},
		{"old browser, other page", "localhost:8501", "http://attacker.example", "", 403},
		{"other port", "localhost:8501", "http://localhost:3000", "same-site", 403},
	} {
		r, err := http.NewRequest(http.MethodPost, local+predict, strings.NewReader(`{"instances": [1]}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = c.host
		for key, value := range map[string]string{"Origin": c.origin, "Sec-Fetch-Site": c.site} {
			if value != "" {
				r.Header.Set(key, value)
			}
		}
		answer, err := http.DefaultClient.Do(r)
		status, body := read(t, answer, err)
		if status != c.want {
			t.Errorf("%s: %d %s, want %d", c.name, status, body, c.want)
		}
		if answer.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: the answer lets other sites read it", c.name)
		}
	}
	for address, want := range map[string]bool{"127.0.0.1:1": true, "localhost:1": true, "[::1]:1": true, ":1": false, "0.0.0.0:1": false, "10.0.0.1:1": false, "[::]:1": false} {
		if server.IsLoopback(address) != want {
			t.Errorf("loopback %s: want %t", address, want)
		}
	}
}

func TestPageIsWhole(t *testing.T) {
	url := start(t, halfPlusThree(), server.Options{}, server.Description{})
	r, err := http.Get(url)
	status, body := read(t, r, err)
	if policy := r.Header.Get("Content-Security-Policy"); status != 200 || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("status %d, policy %q", status, policy)
	}
	for _, elsewhere := range []string{"src=\"http", "href=\"http", "@import", ": url("} {
		if strings.Contains(body, elsewhere) {
			t.Errorf("the page has %q: want nothing from elsewhere", elsewhere)
		}
	}
}
