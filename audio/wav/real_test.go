package wav

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// The header of a mono file of two samples at 8 kHz, byte by byte as the format's description has it.
func TestHeaderByteByByte(t *testing.T) {
	got, err := Append(nil, Clip{Rate: 8000, Channels: 1, PCM: []float32{0, -1}}, PCM16)
	if err != nil {
		t.Fatal(err)
	}
	want := []byte("RIFF\x28\x00\x00\x00WAVE" +
		"fmt \x10\x00\x00\x00" + "\x01\x00" + "\x01\x00" + "\x40\x1f\x00\x00" + "\x80\x3e\x00\x00" + "\x02\x00" + "\x10\x00" +
		"data\x04\x00\x00\x00" + "\x00\x00\x00\x80")
	if string(got) != string(want) {
		t.Errorf("got  % x\nwant % x", got, want)
	}
}

func TestOddDataIsPadded(t *testing.T) {
	got, err := Append(nil, Clip{Rate: 8000, Channels: 1, PCM: []float32{0}}, PCM24)
	if err != nil || len(got) != 44+3+1 {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	if size := binary.LittleEndian.Uint32(got[40:]); size != 3 {
		t.Errorf("data size %d, want 3 without the padding", size)
	}
	clip, err := Parse(append(got, "LIST\x00\x00\x00\x00"...))
	if err != nil || len(clip.PCM) != 1 {
		t.Errorf("%d samples, %v", len(clip.PCM), err)
	}
}

// Programs put chunks of their own anywhere before the data, with any names and sizes.
func TestForeignChunksAnywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	foreign := func() (b []byte) {
		for range r.IntN(4) {
			n := r.IntN(9)
			b = append(b, []string{"LIST", "bext", "fact", "cue ", "JUNK", "\x00\x00\x00\x00"}[r.IntN(6)]...)
			b = binary.LittleEndian.AppendUint32(b, uint32(n))
			b = append(b, make([]byte, n+n&1)...)
		}
		return b
	}
	for range 500 {
		b := append([]byte("RIFF\x00\x00\x00\x00WAVE"), foreign()...)
		b = append(b, "fmt \x10\x00\x00\x00"...)
		b = append(b, header(1, 1, 16000, 16)...)
		b = append(b, foreign()...)
		b = append(b, "data\x04\x00\x00\x00\x00\x40\x00\x20"...)
		clip, err := Parse(append(b, foreign()...))
		if err != nil || clip.Rate != 16000 || !slices.Equal(clip.PCM, []float32{.5, .25}) {
			t.Fatalf("%+v, %v from % x", clip, err, b)
		}
	}
}

// The first data chunk is the sound, a second one and a second fmt chunk are not looked at.
func TestFirstDataChunkCounts(t *testing.T) {
	b := file(header(1, 1, 8000, 16), 2, []byte{0, 0x40})
	b = append(b, "data\x02\x00\x00\x00\x00\x20"...)
	clip, err := Parse(b)
	if err != nil || !slices.Equal(clip.PCM, []float32{.5}) {
		t.Errorf("%+v, %v", clip, err)
	}
}

func BenchmarkParse(b *testing.B) {
	data, err := Append(nil, Clip{Rate: 16000, Channels: 1, PCM: make([]float32, 16000)}, PCM16)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}
