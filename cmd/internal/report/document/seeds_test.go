package document

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tflab/tflab/cmd/internal/runfolder"
)

// The expected numbers are from SciPy 1.17.1:
//
//	r = scipy.stats.ttest_rel(b, a); ci = r.confidence_interval(0.95)
//	print(np.mean(b) - np.mean(a), ci.low, ci.high, r.pvalue)
func TestPairedTTestFollowsSciPy(t *testing.T) {
	for _, test := range []struct {
		a, b []float64
		want [4]float64
	}{
		{[]float64{98.03, 97.91, 98.10}, []float64{98.41, 98.12, 98.69}, [4]float64{0.3933333333333593, -0.07952365582271731, 0.8661903224893885, 0.06997195312658436}},
		{[]float64{75.17, 76.2, 74.9, 75.8, 75.5}, []float64{64.76, 66.1, 70.2, 63.9, 72.3}, [4]float64{-8.061999999999998, -12.844376524003822, -3.27962347599618, 0.009444512730032375}},
		{[]float64{1, 2}, []float64{1.5, 2.4}, [4]float64{0.44999999999999996, -0.18531023680873526, 1.085310236808735, 0.07044657495455461}},
		{[]float64{92.4, 92.6, 92.5, 92.3}, []float64{92.5, 92.4, 92.6, 92.4}, [4]float64{0.024999999999991473, -0.21368347289626613, 0.26368347289627037, 0.7608203755144818}},
		{[]float64{1, 2, 3}, []float64{1, 2, 3}, [4]float64{0, 0, 0, 1}},
		{[]float64{1, 2, 3}, []float64{2, 3, 4}, [4]float64{1, 1, 1, 0}},
	} {
		r := pairedTTest(test.a, test.b)
		for i, got := range [4]float64{r.Mean, r.Low, r.High, r.P} {
			if !(math.Abs(got-test.want[i]) <= 1e-9) {
				t.Errorf("%v and %v: number %d is %v, want %v", test.a, test.b, i, got, test.want[i])
			}
		}
	}
}

// leaveSeeds writes runs of a network with seeds 1 to 3 and the given test accuracies.
func leaveSeeds(t *testing.T, dir, network string, accuracies [3]float64) {
	t.Helper()
	for i, accuracy := range accuracies {
		at, h := dir, history(3)
		if i > 0 {
			at = filepath.Join(dir, SeedFolder(int64(i+1)))
		}
		h.Test.Accuracy = accuracy
		for e := range h.Epochs {
			h.Epochs[e].Validation.Accuracy += float64(i*i) / 1000
		}
		folder := leave(t, at, network, h, runfolder.Done)
		c, err := folder.Config()
		if err != nil {
			t.Fatal(err)
		}
		c.Seed = int64(i + 1)
		if err := folder.WriteConfig(c); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSeedsHaveSpreadAndVerdicts(t *testing.T) {
	if testing.Short() {
		t.Skip("too long for a short run: leave out -short")
	}
	dir := t.TempDir()
	leaveSeeds(t, dir, linear, [3]float64{0.91, 0.92, 0.93})
	leaveSeeds(t, dir, relu, [3]float64{0.97, 0.981, 0.989})
	leaveSeeds(t, dir, cnn, [3]float64{0.96, 0.985, 0.98})
	page, text := written(t, dir)
	wantBoth(t, page, text,
		"mnist-mlp-linear: test accuracy 92.00 % ± 1.00 % and test loss", "(mean ± standard deviation over 3 seeds)",
		"test accuracy, mnist-mlp-relu less mnist-mlp-linear", "+6.00 (+5.75 to +6.25)", "more than the seeds' spread",
		"test accuracy, mnist-cnn less mnist-mlp-relu", "within the seeds' spread")
	if all := sections(t, text); strings.Contains(all[3], "seeds' spread") || !strings.Contains(all[9], "Paired t-test") {
		t.Error("the verdicts do not stand with the questions that compare networks")
	}
}
