package machine

import (
	"testing"
	"time"
)

func TestProcessAge(t *testing.T) {
	first, err := ProcessAge()
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	for time.Since(begun) < 30*time.Millisecond { // three ticks of the kernel's clock
		continue
	}
	second, err := ProcessAge()
	if err != nil {
		t.Fatal(err)
	}
	if first < 0 || first > time.Hour {
		t.Errorf("this test runs since %v", first)
	}
	if passed := second - first; passed < 20*time.Millisecond || passed > time.Minute {
		t.Errorf("%v passed, want the 30 ms and little more", passed)
	}
}

func TestPeakMemory(t *testing.T) {
	before, err := PeakMemory()
	if err != nil {
		t.Fatal(err)
	}
	const size = 64 << 20
	block := make([]byte, before+size)
	for i := 0; i < len(block); i += 512 {
		block[i] = 1
	}
	after, err := PeakMemory()
	if err != nil {
		t.Fatal(err)
	}
	if after < before+size || after > 4*(before+size) {
		t.Errorf("a peak of %d bytes after one of %d and a block of %d", after, before, len(block))
	}
}
