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

// Fetch downloads the named data set into tflab's cache, unless it is there already,
// and returns its path. It tries the sources in turn; each file must have the known
// SHA-256. The data set appears in the cache atomically: a download that fails or is
// cancelled leaves nothing behind.
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

// fetchAny tries the remotes in turn. If all fail, it reports the first error, because
// the others are usually alike.
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
			break // the network is down; the other sources would only time out as well
		}
	}
	switch len(failures) {
	case 0:
		return errors.New("there is no source to download from")
	case 1:
		return fmt.Errorf("the download failed: %w", failures[0])
	}
	return fmt.Errorf("the download failed: %w (and %d more sources failed)", failures[0], len(failures)-1)
}

// cached returns the path of the data set in the cache, or "".
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

// fetch downloads the files of a remote into a temporary folder next to their
// destination, and renames the folder when all are complete.
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

// download downloads one file, checks it, and syncs it to disk.
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

// get copies the content of url to w and checks size and sum.
func (o Options) get(ctx context.Context, url string, w io.Writer, f remoteFile) error {
	stall := o.Stall
	if stall <= 0 {
		stall = defaultStall
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(stall, func() { cancel(fmt.Errorf("stalled: no data for %v", stall)) })
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
			return fmt.Errorf("cut short: got %d bytes: want %d", n, f.size)
		}
		return causeOf(ctx, err)
	}
	if more, _ := io.CopyN(io.Discard, alive, 1); more > 0 {
		return fmt.Errorf("not the known file: got more than %d bytes", f.size)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != f.sum {
		return fmt.Errorf("not the known file: got SHA-256 %s: want %s", got, f.sum)
	}
	return nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// causeOf returns the cause of the context's end if err results from it.
func causeOf(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// request opens url. Its client serves one request and keeps no connection open.
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
		DisableCompression:  true, // the sums are those of the files as stored
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
		return nil, fmt.Errorf("got %s: want 200 OK", resp.Status)
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
