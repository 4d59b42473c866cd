package runfolder

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestResumeKeepsTheEarlierParts(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2020, 1, 1, hour, 0, 0, 0, time.UTC) }
	first, second, third := aConfig(), aConfig(), aConfig()
	first.Started, first.Finished, first.Device, first.Threads, first.CommandLine = at(1), at(2), "gpu", 4, []string{"tflab", "train"}
	second.Started, second.Device, second.Versions = at(3), "cpu", Versions{TFLab: "2"} // a killed run has no end
	third.Started, third.Device = at(5), "gpu"

	second.ContinueFrom(first)
	third.ContinueFrom(second)
	want := []Part{
		{Started: at(1), Finished: at(2), Device: "gpu", Threads: 4, CommandLine: []string{"tflab", "train"}},
		{Started: at(3), Device: "cpu", Versions: Versions{TFLab: "2"}},
	}
	if diff := cmp.Diff(want, third.Earlier); diff != "" {
		t.Errorf("(- want, + got)\n%s", diff)
	}
	if third.Started != at(1) || third.Resumed != at(5) || third.Device != "gpu" {
		t.Errorf("started %v, resumed %v on the %s: want 1 and 5 o'clock, gpu", third.Started, third.Resumed, third.Device)
	}
	if len(second.Earlier) != 1 {
		t.Errorf("the second part has %d before it, want 1", len(second.Earlier))
	}
}

func TestDigest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "abc")
	if err := os.WriteFile(path, []byte("abc"), 0o644); err != nil {
		t.Fatal(err)
	}
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-2, appendix B.1
	if got, err := Digest(path); err != nil || got != want {
		t.Errorf("%q, %v: want %s", got, err, want)
	}
	if got, err := Digest(""); err != nil || got != "" {
		t.Errorf("no path: %q, %v: want none", got, err)
	}
	if _, err := Digest(path + "d"); err == nil {
		t.Error("a file that is not there has a digest")
	}
}
