package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// step is one action in a browser.
type step = chromedp.Action[chromedp.Void]

// browse opens a browser, or skips the test if the machine has none. Messages of the
// page to the console, such as violations of its content policy, fail the test.
func browse(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		t.Skip("no browser on this machine: install chromium to test the page")
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WSURLReadTimeout(time.Minute))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	messages := chromedp.Console(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.IsException() || m.Type == "error" || m.Type == "warning" {
				t.Errorf("the console of the browser: %s", m)
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return ctx
}

// do executes steps within a minute.
func do(ctx context.Context, t *testing.T, steps ...step) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// ask evaluates an expression in the page.
func ask[T any](ctx context.Context, t *testing.T, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// window sets the size of the window and the colour scheme.
func window(width int64, scheme string) step {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: width, Height: 850, DeviceScaleFactor: 1, Mobile: width < 500}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	})
}

// place is the position of an element in the window.
type place struct{ X, Y, Width float64 }

// drawPath draws on the canvas with the mouse or with a finger. The points are in
// hundredths of the canvas's side.
func drawPath(points [][2]float64, finger bool) step {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		at, err := chromedp.Evaluate[place](`(() => { const c = document.getElementById("canvas"); c.scrollIntoView({block: "center"}); const b = c.getBoundingClientRect(); return {X: b.x, Y: b.y, Width: b.width}; })()`)(ctx, t)
		if err != nil {
			return err
		}
		move := mouse
		if finger {
			move = touch
		}
		for i, p := range points {
			if err := move(ctx, t, at.X+p[0]*at.Width/100, at.Y+p[1]*at.Width/100, i == 0, i == len(points)-1); err != nil {
				return err
			}
		}
		return nil
	})
}

func mouse(ctx context.Context, t *chromedp.Target, x, y float64, first, last bool) error {
	kinds := []input.DispatchMouseEventType{"mouseMoved"}
	if first {
		kinds = []input.DispatchMouseEventType{"mousePressed"}
	}
	if last {
		kinds = append(kinds, "mouseReleased")
	}
	for _, kind := range kinds {
		if _, err := cdp.Call(ctx, t, input.DispatchMouseEvent, input.DispatchMouseEventParams{
			Type: kind, X: x, Y: y, Button: "left", Buttons: 1, ClickCount: 1}); err != nil {
			return err
		}
	}
	return nil
}

func touch(ctx context.Context, t *chromedp.Target, x, y float64, first, last bool) error {
	kind := input.DispatchTouchEventType("touchMove")
	if first {
		kind = "touchStart"
	}
	_, err := cdp.Call(ctx, t, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: []*input.TouchPoint{{X: x, Y: y}}})
	if last && err == nil {
		_, err = cdp.Call(ctx, t, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: "touchEnd", TouchPoints: []*input.TouchPoint{}})
	}
	return err
}

// shots saves screenshots of the page to the folder TFLAB_SCREENSHOTS, if it is set.
func shots(ctx context.Context, t *testing.T, name string, show ...step) {
	t.Helper()
	dir := os.Getenv("TFLAB_SCREENSHOTS")
	if dir == "" {
		return
	}
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{390, 1280} {
			do(ctx, t, window(width, scheme))
			do(ctx, t, show...)
			picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%s-%d.png", name, scheme, width)), picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
