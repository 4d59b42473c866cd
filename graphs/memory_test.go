package graphs

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// The messages are from TensorFlow 2.18 on a GPU with 300 MB.
func TestMemoryError(t *testing.T) {
	for _, tt := range []struct {
		message string
		wanted  int64
	}{
		{"No algorithm worked!  Error messages:\n  Profiling failure on CUDNN engine eng0{k0=0}: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 16777216 bytes.", 16 << 20},
		{"OOM when allocating tensor with shape[128,26,26,32] and type float on /job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc", 128 * 26 * 26 * 32 * 4},
		{"OOM when allocating tensor with shape[1024,512] and type half on GPU_0_bfc", 1 << 20},
		{"failed to allocate 75.00MiB (78643200 bytes) from device: RESOURCE_EXHAUSTED", 0},
		{"CUDA_ERROR_OUT_OF_MEMORY: out of memory", 0},
	} {
		err := memoryError(errors.New(tt.message), "gpu:0", 75<<20)
		var short *MemoryError
		if !errors.As(err, &short) || short.Wanted != tt.wanted {
			t.Errorf("%q: got %+v, want %d bytes", tt.message, err, tt.wanted)
			continue
		}
		for _, want := range []string{"gpu:0", "75.0 MiB in all", "--batch-size", "--precision", "--memory-limit"} {
			if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q does not say %q in one line", err, want)
			}
		}
		if again := memoryError(fmt.Errorf("step 1: %w", err), "gpu:1", 0); !strings.Contains(again.Error(), "step 1: out of memory on gpu:0") {
			t.Errorf("got %q, want the first error", again)
		}
	}
	other := errors.New("Incompatible shapes: [2] vs. [3]")
	if got := memoryError(other, "gpu:0", 0); !errors.Is(got, other) {
		t.Errorf("got %q, want it as it is", got)
	}
	if memoryError(nil, CPU, 0) != nil {
		t.Error("no error is an error")
	}
}
