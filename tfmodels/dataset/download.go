package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"
)

const (
	connectTimeout = 10 * time.Second
	defaultStall   = 30 * time.Second
)

// Fetch puts the named data set into tflab's cache and returns its path there.
// If it is there already, nothing is downloaded. The sources are tried in turn;
// each file must have the SHA-256 that is known for it. The data set appears in
// the cache whole or not at all: a download that fails or is cancelled leaves
// nothing behind.
func Fetch(ctx context.Context, name string, o Options) (path string, err error) {
	remotes := o.remotes
	if remotes == nil {
		remotes = officialRemotes(name)
	}
	dir, err := cache()
	if err != nil {
		return "", err
	}
	if path, err := cached(name, dir); path != "" || err != nil {
		return path, err
	}
	if o.Offline {
		return "", errors.New("downloads are switched off")
	}
	if err := o.fetchAny(ctx, remotes, dir); err != nil {
		return "", err
	}
	return cached(name, dir)
}

// fetchAny tries the remotes in turn. Of several failures it tells the first:
// the others are mostly of the same kind.
func (o Options) fetchAny(ctx context.Context, remotes []remote, dir string) error {
	var failures []error
	for _, r := range remotes {
		err := o.fetch(ctx, r, dir)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		failures = append(failures, err)
		var netErr net.Error
		if errors.As(err, &netErr) && netErr.Timeout() {
			break // there is no way out of here; the others would only wait as long
		}
	}
	switch len(failures) {
	case 0:
		return errors.New("there is nowhere to download it from")
	case 1:
		return fmt.Errorf("the download failed: %w", failures[0])
	}
	return fmt.Errorf("the download failed: %w (and %d more from elsewhere)", failures[0], len(failures)-1)
}

// cached returns where the cache holds the data set, or "".
func cached(name, dir string) (string, error) {
	formats, err := formatsOf(name)
	if err != nil {
		return "", err
	}
	for _, f := range formats {
		if path := f.find(dir); path != "" {
			return path, nil
		}
	}
	return "", nil
}

// fetch downloads the files of a remote into a new folder beside their place,
// and moves them there when all are whole.
func (o Options) fetch(ctx context.Context, r remote, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(dir, ".download-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	for _, f := range r.files {
		if err := o.download(ctx, r.base+f.name, filepath.Join(temp, f.name), f); err != nil {
			return err
		}
	}
	first := r.files[0].name
	switch {
	case r.archive:
		unpacked := filepath.Join(temp, r.folder)
		if err := unpack(ctx, filepath.Join(temp, first), unpacked); err != nil {
			return err
		}
		return os.Rename(unpacked, filepath.Join(dir, r.folder))
	case r.folder != "":
		if err := os.Chmod(temp, 0o755); err != nil {
			return err
		}
		return os.Rename(temp, filepath.Join(dir, r.folder))
	default:
		return os.Rename(filepath.Join(temp, first), filepath.Join(dir, first))
	}
}

// download gets one file, checks it, and makes sure that it is on the disk.
func (o Options) download(ctx context.Context, url, path string, f remoteFile) error {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := o.get(ctx, url, out, f); err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	if err := out.Sync(); err != nil {
		return err
	}
	return out.Close()
}

// get copies what url holds to w, and checks size and sum.
func (o Options) get(ctx context.Context, url string, w io.Writer, f remoteFile) error {
	stall := o.Stall
	if stall <= 0 {
		stall = defaultStall
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(stall, func() { cancel(fmt.Errorf("stalled: nothing came for %v", stall)) })
	defer watchdog.Stop()

	body, err := request(ctx, url)
	if err != nil {
		return causeOf(ctx, err)
	}
	defer body.Close()
	alive := readerFunc(func(p []byte) (int, error) {
		n, err := body.Read(p)
		watchdog.Reset(stall)
		return n, err
	})
	bar := o.bar(f)
	sum := sha256.New()
	n, err := io.CopyN(io.MultiWriter(w, sum, bar), alive, f.size)
	if err != nil {
		bar.Exit() //nolint:errcheck // it draws, no more
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("cut short: got %d bytes, want %d", n, f.size)
		}
		return causeOf(ctx, err)
	}
	if more, _ := io.CopyN(io.Discard, alive, 1); more > 0 {
		return fmt.Errorf("not the known file: got more than %d bytes", f.size)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != f.sum {
		return fmt.Errorf("not the known file: got SHA-256 %s, want %s", got, f.sum)
	}
	return nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// causeOf returns why the context ended, where that is what err comes from.
func causeOf(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// request opens url. Its client is made for one request, and keeps no
// connection for another.
func request(ctx context.Context, url string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	client := http.Client{Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout: connectTimeout,
		DisableKeepAlives:   true,
		DisableCompression:  true, // the sums are of the files as they are
		ForceAttemptHTTP2:   true,
	}}
	resp, err := client.Do(req)
	if err != nil {
		var inner interface{ Unwrap() error } // url.Error repeats the URL
		if errors.As(err, &inner) {
			err = inner.Unwrap()
		}
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, fmt.Errorf("got %s, want 200 OK", resp.Status)
	}
	return resp.Body, nil
}

// bar returns a progress bar for one file, which may be invisible.
func (o Options) bar(f remoteFile) *progressbar.ProgressBar {
	if o.Progress == nil {
		return progressbar.DefaultBytesSilent(f.size)
	}
	return progressbar.NewOptions64(f.size,
		progressbar.OptionSetWriter(o.Progress),
		progressbar.OptionSetDescription(f.name),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetWidth(20),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(o.Progress) }))
}
