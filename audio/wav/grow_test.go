package wav

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func growing(t *testing.T, channels int) (*Growing, *os.File) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "grow.wav"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	g, err := Grow(f, 16000, channels)
	if err != nil {
		t.Fatal(err)
	}
	return g, f
}

func readBack(t *testing.T, f *os.File) Clip {
	t.Helper()
	data, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestGrowingIsReadableAtAnyTime(t *testing.T) {
	g, f := growing(t, 1)
	if c := readBack(t, f); len(c.PCM) != 0 || c.Rate != 16000 || c.Channels != 1 {
		t.Errorf("before the first sample: %+v", c)
	}
	for i, block := range [][]float32{{0.5, -0.5}, {}, {0.25}} {
		if err := g.Write(block); err != nil {
			t.Fatal(err)
		}
		if want := []int{2, 2, 3}[i]; len(readBack(t, f).PCM) != want {
			t.Errorf("after block %d: %v, want %d samples", i, readBack(t, f).PCM, want)
		}
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	want, err := Append(nil, Clip{Rate: 16000, Channels: 1, PCM: []float32{0.5, -0.5, 0.25}}, PCM16)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(f.Name()); err != nil || !slices.Equal(got, want) {
		t.Errorf("the closed file is not the one Append writes:\n%v\n%v", got, want)
	}
}

func TestGrowingRefuses(t *testing.T) {
	if _, err := Grow(nil, 10, 1); err == nil {
		t.Error("10 Hz")
	}
	g, f := growing(t, 2)
	if err := g.Write([]float32{1}); err == nil {
		t.Error("half a frame")
	}
	g.size = 1<<32 - 50
	if err := g.Write(make([]float32, 8)); err == nil {
		t.Error("more than 4 GiB")
	}
	_ = f.Close()
	g.size = 0
	if err := g.Write([]float32{1, 1}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a closed file: %v", err)
	}
	if err := g.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a closed file: %v", err)
	}
	if _, err := Grow(f, 8000, 1); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a closed file: %v", err)
	}
}

func TestGrowingAllocatesNothing(t *testing.T) {
	g, _ := growing(t, 1)
	pcm := make([]float32, 160)
	if n := testing.AllocsPerRun(20, func() {
		if err := g.Write(pcm); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations a block", n)
	}
}
