package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// seven is a 7, in hundredths of the canvas.
var seven = [][2]float64{{25, 25}, {40, 24}, {55, 24}, {70, 25}, {64, 38}, {57, 52}, {50, 66}, {44, 82}}

// TestPage trains a perceptron briefly, draws a 7 on the page with mouse, finger and
// keyboard, and expects the prediction 7.
func TestPage(t *testing.T) {
	skipLong(t)
	ctx := browse(t)
	dir := filepath.Join(t.TempDir(), "run")
	trainForTest(t, "mnist-mlp-relu", "--dataset", "sample-mnist", "--epochs", "4", "--out", dir)
	do(ctx, t, window(1280, "light"), chromedp.Navigate(serveForTest(t, dir)), chromedp.WaitVisible(chromedp.CSS("#canvas")))
	if n := ask[int](ctx, t, `document.querySelectorAll("#bars tr").length`); n != 10 {
		t.Errorf("%d bars: want 10", n)
	}
	if guess := ask[string](ctx, t, `document.getElementById("guess").textContent`); guess != "–" {
		t.Errorf("guess %q before anything was drawn: want none", guess)
	}
	for name, draw := range map[string]step{"mouse": drawPath(seven, false), "touch": drawPath(seven, true), "keyboard": typeSeven()} {
		t.Run(name, func(t *testing.T) {
			do(ctx, t, chromedp.Click(chromedp.CSS("#clear")), settle(""), draw, settle("7"))
			if got := ask[string](ctx, t, `document.getElementById("guess").textContent`); got != "7" {
				t.Errorf("the page says %q: want 7", got)
			}
			if got := ask[string](ctx, t, `document.querySelector("#bars tr.best th").textContent`); got != "7" {
				t.Errorf("the longest bar is that of %q: want 7", got)
			}
		})
	}
	if units := ask[int](ctx, t, `document.querySelectorAll(".layer canvas").length`); units != 16 {
		t.Errorf("the weights of %d units: want 16", units)
	}
	shots(ctx, t, "mlp", chromedp.Click(chromedp.CSS("#clear")), settle(""), drawPath(seven, false), settle("7"))
}

// TestPageShowsLayers expects feature maps of a convolutional network on a phone.
func TestPageShowsLayers(t *testing.T) {
	skipLong(t)
	ctx := browse(t)
	dir := os.Getenv("TFLAB_PAGE_RUN") // a network trained for longer, for screenshots
	if dir == "" {
		dir = filepath.Join(t.TempDir(), "run")
		trainForTest(t, "mnist-cnn", "--dataset", "sample-mnist", "--limit", "640", "--epochs", "1", "--out", dir)
	}
	do(ctx, t, window(390, "dark"), chromedp.Navigate(serveForTest(t, dir)), chromedp.WaitVisible(chromedp.CSS("#canvas")),
		drawPath(seven, true), settle(" percent"))
	if layers := ask[int](ctx, t, `document.querySelectorAll(".layer").length`); layers != 3 {
		t.Errorf("%d layers: want 3", layers)
	}
	if maps := ask[int](ctx, t, `document.querySelectorAll(".layer canvas").length`); maps != 3*32 {
		t.Errorf("%d feature maps: want 32 of each layer", maps)
	}
	if !ask[bool](ctx, t, `[...document.querySelectorAll(".layer canvas")].some((c) => c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((v, i) => i % 4 < 3 && v > 128))`) {
		t.Error("all feature maps are dark")
	}
	if wide := ask[int](ctx, t, `document.documentElement.scrollWidth`); wide > 390 {
		t.Errorf("the page is %d pixels wide: want no more than the window's 390", wide)
	}
	shots(ctx, t, "cnn", chromedp.Click(chromedp.CSS("#clear")), settle(""), drawPath(seven, false), settle(" percent"))
}

// trainForTest runs "tflab train".
func trainForTest(t *testing.T, args ...string) {
	t.Helper()
	var out, errs strings.Builder
	if status := run(t.Context(), append([]string{"tflab", "train", "--verbose", "0"}, args...), &out, &errs); status != 0 {
		t.Fatalf("train: status %d: %s", status, errs.String())
	}
}

// settle waits until the page has an answer and announces a text to screen readers; ""
// waits until the page announces nothing.
func settle(says string) step {
	done := `document.getElementById("spoken").textContent === ""`
	if says != "" {
		done = fmt.Sprintf(`document.getElementById("spoken").textContent.includes(%q)`, says)
	}
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := chromedp.Poll[bool](done+" && !busy && !again", chromedp.WithPollingInterval(100*time.Millisecond), chromedp.WithPollingTimeout(20*time.Second))(ctx, t)
		if err != nil {
			text, _ := chromedp.Evaluate[string](`document.body.innerText`)(ctx, t)
			return fmt.Errorf("wait for the page to say %q: %w; it shows %q", says, err, text)
		}
		return nil
	})
}

// typeSeven draws with the keys: with the pen up from the middle to the upper left,
// then with the pen down to the right, and down to the left.
func typeSeven() step {
	keys := strings.Repeat(kb.ArrowUp, 6) + strings.Repeat(kb.ArrowLeft, 5) + " " + strings.Repeat(kb.ArrowRight, 10)
	for range 5 {
		keys += kb.ArrowDown + kb.ArrowDown + kb.ArrowDown + kb.ArrowLeft
	}
	return chromedp.Steps(chromedp.Focus(chromedp.CSS("#canvas")), chromedp.KeyEvent(keys+" "))
}

// TestPageTakesImages drops files on the page of a network for colour images, and a
// dark digit on light paper on the page of one for digits.
func TestPageTakesImages(t *testing.T) {
	skipLong(t)
	ctx := browse(t)
	dir := t.TempDir()
	trainForTest(t, "cifar10-cnn", "--dataset", "sample-cifar10", "--limit", "64", "--epochs", "1", "--out", filepath.Join(dir, "colour"))
	trainForTest(t, "mnist-mlp-relu", "--dataset", "sample-mnist", "--epochs", "4", "--out", filepath.Join(dir, "grey"))
	paper := image.NewGray(image.Rect(0, 0, 300, 400))
	for i := range paper.Pix {
		paper.Pix[i] = 210 // like paper in a photograph
	}
	for i := range seven[1:] { // a pen of 24 pixels along the strokes
		for step := range 100 {
			x := seven[i][0] + (seven[i+1][0]-seven[i][0])*float64(step)/100
			y := seven[i][1] + (seven[i+1][1]-seven[i][1])*float64(step)/100
			draw.Draw(paper, image.Rect(int(3*x)-12, int(3*y)+38, int(3*x)+12, int(3*y)+62), image.NewUniform(color.Gray{40}), image.Point{}, draw.Src)
		}
	}
	file, err := os.Create(filepath.Join(dir, "seven.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(file, paper), file.Close()); err != nil {
		t.Fatal(err)
	}
	show := chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file.Name()})
	do(ctx, t, window(1280, "light"), chromedp.Navigate(serveForTest(t, filepath.Join(dir, "colour"))),
		chromedp.WaitVisible(chromedp.CSS("#drop")), show, settle(" percent"))
	if guess := ask[string](ctx, t, `document.getElementById("guess").textContent`); !slices.Contains([]string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}, guess) {
		t.Errorf("the page says %q: want a class of CIFAR-10", guess)
	}
	shots(ctx, t, "colour")
	do(ctx, t, window(1280, "light"), chromedp.Navigate(serveForTest(t, filepath.Join(dir, "grey"))),
		chromedp.WaitVisible(chromedp.CSS("#canvas")), show, settle(" percent"))
	if guess := ask[string](ctx, t, `document.getElementById("guess").textContent`); guess != "7" {
		t.Errorf("the page says %q of a 7 on paper", guess)
	}
	if !ask[bool](ctx, t, `document.getElementById("invert").checked`) {
		t.Error("the page does not see that the ink is dark")
	}
	shots(ctx, t, "paper")
}
