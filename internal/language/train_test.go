package language

import (
	"bufio"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

var update = flag.Bool("update", false, "train the model anew and write model.bin")

// TestTrainModel trains model.bin from corpus/ with -update. The result is
// deterministic: one seed, one order.
func TestTrainModel(t *testing.T) {
	if !*update {
		t.Skip("run with -update after changing corpus/")
	}
	samples := readCorpus(t)
	model := train(samples)
	if err := os.WriteFile("model.bin", quantise(model), 0o644); err != nil {
		t.Fatal(err)
	}
}

type sample struct {
	class    int
	features []uint32
}

// readCorpus cuts every line of the corpus into windows of one to eight words,
// each once as written and once without accents, as hurried buyers type.
func readCorpus(t *testing.T) []sample {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	var samples []sample
	for class, tag := range classes {
		name := strings.TrimSuffix(string(tag), "-US")
		file, err := os.Open(filepath.Join("corpus", name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		scanner := bufio.NewScanner(file)
		scanner.Buffer(nil, 1<<20)
		for scanner.Scan() {
			words := split(scanner.Text())
			plain := split(withoutAccents(scanner.Text()))
			for start := range words {
				for _, size := range []int{1, 2, 3, 5, 8} {
					end := min(start+size, len(words))
					samples = append(samples, newSample(class, words[start:end]))
					if size > 1 && rng.IntN(3) == 0 && len(plain) == len(words) {
						samples = append(samples, newSample(class, plain[start:end]))
					}
				}
			}
		}
		if err := scanner.Err(); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	rng.Shuffle(len(samples), func(i, j int) { samples[i], samples[j] = samples[j], samples[i] })
	return samples
}

func newSample(class int, words []string) sample {
	s := sample{class: class}
	for _, word := range words {
		eachFeature(word, func(b uint32) { s.features = append(s.features, b) })
	}
	return s
}

func withoutAccents(text string) string {
	text = strings.NewReplacer("đ", "d", "ß", "ss", "Đ", "D").Replace(text)
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(text))
}

// train fits a softmax regression by averaged stochastic gradient descent.
func train(samples []sample) []float64 {
	const epochs, rate, decay = 6, 0.8, 1e-6
	model := make([]float64, buckets*len(classes))
	for epoch := range epochs {
		step := rate / float64(epoch+1)
		for _, s := range samples {
			unit := 1 / math.Sqrt(float64(len(s.features)))
			logits := make([]float64, len(classes))
			for _, f := range s.features {
				for c := range logits {
					logits[c] += model[int(f)*len(classes)+c] * unit
				}
			}
			for c, p := range softmax(logits) {
				if c == s.class {
					p--
				}
				gradient := step * p * unit
				for _, f := range s.features {
					w := &model[int(f)*len(classes)+c]
					*w -= gradient + step*decay**w
				}
			}
		}
	}
	return model
}

func softmax(logits []float64) []float64 {
	top, sum := math.Inf(-1), 0.0
	for _, l := range logits {
		top = max(top, l)
	}
	out := make([]float64, len(logits))
	for i, l := range logits {
		out[i] = math.Exp(l - top)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

func quantise(model []float64) []byte {
	out := make([]byte, len(model))
	for i, w := range model {
		out[i] = byte(int8(max(-127, min(127, math.Round(w*weightScale)))))
	}
	return out
}
