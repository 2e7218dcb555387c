package wav

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"intercom/audio/g711"
)

// file builds a WAV by hand, independent of Append, so that its parts can be wrong.
func file(fmtBody []byte, dataSize uint32, data []byte, before ...byte) []byte {
	b := append([]byte("RIFF\xff\xff\xff\xffWAVE"), before...)
	b = append(b, "fmt "...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(fmtBody)))
	b = append(b, fmtBody...)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, dataSize)
	return append(b, data...)
}

func header(tag uint16, channels uint16, rate uint32, bits uint16) []byte {
	b := binary.LittleEndian.AppendUint16(nil, tag)
	b = binary.LittleEndian.AppendUint16(b, channels)
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = append(b, 0, 0, 0, 0, 0, 0) // byte rate and block size: ignored
	return binary.LittleEndian.AppendUint16(b, bits)
}

func extensible(tag uint16, bits uint16) []byte {
	b := append(header(tagExtensible, 1, 8000, bits), 22, 0, 16, 0, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint16(b, tag)
	return append(b, "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"...)
}

func TestParse(t *testing.T) {
	half := math.Float32bits(0.5)
	list := []byte("LIST\x03\x00\x00\x00abc\x00") // odd size, padded
	tests := []struct {
		name string
		data []byte
		want Clip
	}{
		{"16 bits", file(header(1, 1, 8000, 16), 4, []byte{0, 0x40, 0, 0x80}), Clip{8000, 1, []float32{.5, -1}}},
		{"8 bits", file(header(1, 1, 8000, 8), 3, []byte{128, 192, 0}), Clip{8000, 1, []float32{0, .5, -1}}},
		{"24 bits", file(header(1, 1, 44100, 24), 6, []byte{0, 0, 0x40, 0, 0, 0x80}), Clip{44100, 1, []float32{.5, -1}}},
		{"32 bits", file(header(1, 1, 48000, 32), 8, []byte{0, 0, 0, 0x40, 0, 0, 0, 0x80}), Clip{48000, 1, []float32{.5, -1}}},
		{"float", file(header(3, 1, 48000, 32), 4, binary.LittleEndian.AppendUint32(nil, half)), Clip{48000, 1, []float32{.5}}},
		{"double", file(header(3, 1, 48000, 64), 8, binary.LittleEndian.AppendUint64(nil, math.Float64bits(.25))), Clip{48000, 1, []float32{.25}}},
		{"A-law", file(header(6, 1, 8000, 8), 1, []byte{g711.ToA(8000)}), Clip{8000, 1, []float32{float32(g711.FromA(g711.ToA(8000))) / 32768}}},
		{"mu-law, bits wrong", file(header(7, 1, 8000, 16), 1, []byte{g711.ToMu(-8000)}), Clip{8000, 1, []float32{float32(g711.FromMu(g711.ToMu(-8000))) / 32768}}},
		{"stereo", file(header(1, 2, 8000, 16), 4, []byte{0, 0x40, 0, 0x20}), Clip{8000, 2, []float32{.5, .25}}},
		{"extensible", file(extensible(1, 16), 2, []byte{0, 0x40}), Clip{8000, 1, []float32{.5}}},
		{"extensible float", file(extensible(3, 32), 4, binary.LittleEndian.AppendUint32(nil, half)), Clip{8000, 1, []float32{.5}}},
		{"18-byte fmt", file(append(header(1, 1, 8000, 16), 0, 0), 2, []byte{0, 0x40}), Clip{8000, 1, []float32{.5}}},
		{"piped: size 0", file(header(1, 1, 8000, 16), 0, []byte{0, 0x40}), Clip{8000, 1, []float32{.5}}},
		{"piped: size all ones", file(header(1, 1, 8000, 16), 0xFFFFFFFF, []byte{0, 0x40}), Clip{8000, 1, []float32{.5}}},
		{"size beyond the end", file(header(1, 1, 8000, 16), 1000, []byte{0, 0x40}), Clip{8000, 1, []float32{.5}}},
		{"chunk after", file(header(1, 1, 8000, 16), 2, append([]byte{0, 0x40}, list...)), Clip{8000, 1, []float32{.5}}},
		{"chunk before", file(header(1, 1, 8000, 16), 2, []byte{0, 0x40}, list...), Clip{8000, 1, []float32{.5}}},
		{"cut frame", file(header(1, 2, 8000, 16), 6, []byte{0, 0x40, 0, 0x20, 1, 1}), Clip{8000, 2, []float32{.5, .25}}},
		{"NaN and infinity", file(header(3, 1, 8000, 32), 8, []byte{0, 0, 0xc0, 0x7f, 0, 0, 0x80, 0x7f}), Clip{8000, 1, []float32{0, 0}}},
		{"no samples", file(header(1, 1, 8000, 16), 0, nil), Clip{8000, 1, []float32{}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(tt.data)
			if err != nil {
				t.Fatal(err)
			}
			if got.Rate != tt.want.Rate || got.Channels != tt.want.Channels || !slices.Equal(got.PCM, tt.want.PCM) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestParseErrorsNameTheCure(t *testing.T) {
	noFormat := append([]byte("RIFF\x00\x00\x00\x00WAVE"), "data\x02\x00\x00\x00ab"...)
	tests := []struct {
		name string
		data []byte
		want []string
	}{
		{"empty", nil, []string{"0 bytes", "ffmpeg"}},
		{"ogg", []byte("OggS............"), []string{"Ogg", "ffmpeg"}},
		{"mp3 with tag", []byte("ID3.............."), []string{"MP3"}},
		{"mp3 in wav", file(header(0x55, 1, 8000, 0), 2, []byte{0, 0}), []string{"0x0055", "ffmpeg"}},
		{"12 bits", file(header(1, 1, 8000, 12), 2, []byte{0, 0}), []string{"12 bits"}},
		{"no channels", file(header(1, 0, 8000, 16), 2, []byte{0, 0}), []string{"0 channels"}},
		{"many channels", file(header(1, 60000, 8000, 16), 2, []byte{0, 0}), []string{"60000 channels"}},
		{"rate 0", file(header(1, 1, 0, 16), 2, []byte{0, 0}), []string{"0 Hz"}},
		{"rate with sign", file(header(1, 1, 0x80000000, 16), 2, []byte{0, 0}), []string{"-2147483648 Hz"}},
		{"short fmt", file([]byte{1, 0, 1, 0}, 2, []byte{0, 0}), []string{"4 bytes", "16"}},
		{"data first", noFormat, []string{"before"}},
		{"no data", file(header(1, 1, 8000, 16), 0, nil)[:36], []string{"no data chunk", "incomplete"}},
	}
	for _, tt := range tests {
		_, err := Parse(tt.data)
		if !errors.Is(err, ErrFormat) {
			t.Errorf("%s: error %v, want ErrFormat", tt.name, err)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not say %q", tt.name, err, want)
			}
		}
	}
}

func TestEveryTruncation(t *testing.T) {
	whole := file(header(1, 2, 8000, 16), 8, []byte{0, 0x40, 0, 0x20, 0, 0x10, 0, 0x08})
	for n := range whole {
		c, err := Parse(whole[:n])
		inHeader := n < len(whole)-8
		if inHeader != (err != nil) {
			t.Errorf("%d of %d bytes: error %v", n, len(whole), err)
		}
		if err == nil && len(c.PCM) != (n-(len(whole)-8))/4*2 {
			t.Errorf("%d of %d bytes: %d samples", n, len(whole), len(c.PCM))
		}
	}
}

func TestAppendThenParse(t *testing.T) {
	clip := Clip{Rate: 16000, Channels: 3, PCM: []float32{0, .5, -.5, .999, -1, 1.0 / 32768}}
	for e, tolerance := range map[Encoding]float64{PCM16: 1.0 / 65536, PCM24: 1.0 / (1 << 24), PCM32: 1.0 / (1 << 24), Float32: 0} {
		data, err := Append([]byte("x"), clip, e)
		if err != nil {
			t.Fatal(err)
		}
		if data[0] != 'x' {
			t.Fatalf("encoding %d: dst was not appended to", e)
		}
		if size := int(binary.LittleEndian.Uint32(data[5:])); size != len(data)-9 {
			t.Errorf("encoding %d: RIFF size %d in a file of %d bytes", e, size, len(data)-1)
		}
		got, err := Parse(data[1:])
		if err != nil {
			t.Fatal(err)
		}
		if got.Rate != clip.Rate || got.Channels != clip.Channels || len(got.PCM) != len(clip.PCM) {
			t.Fatalf("encoding %d: got %d Hz, %d channels, %d samples", e, got.Rate, got.Channels, len(got.PCM))
		}
		for i := range clip.PCM {
			if d := math.Abs(float64(got.PCM[i] - clip.PCM[i])); d > tolerance {
				t.Errorf("encoding %d: sample %d is %v, want %v", e, i, got.PCM[i], clip.PCM[i])
			}
		}
	}
}

func TestAppendClips(t *testing.T) {
	loud := Clip{Rate: 8000, Channels: 1, PCM: []float32{3, -3, 1}}
	for _, e := range []Encoding{PCM16, PCM24, PCM32} {
		data, _ := Append(nil, loud, e)
		got, err := Parse(data)
		if err != nil || got.PCM[0] < .9999 || got.PCM[1] != -1 || got.PCM[2] < .9999 {
			t.Errorf("encoding %d: %v, %v", e, got.PCM, err)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	tests := []struct {
		name string
		clip Clip
		e    Encoding
	}{
		{"zero clip", Clip{}, PCM16},
		{"cut frame", Clip{8000, 2, make([]float32, 3)}, PCM16},
		{"encoding", Clip{8000, 1, nil}, Encoding(9)},
		{"negative encoding", Clip{8000, 1, nil}, Encoding(-1)},
		{"rate", Clip{8, 1, nil}, PCM16},
	}
	for _, tt := range tests {
		if b, err := Append(nil, tt.clip, tt.e); err == nil || b != nil {
			t.Errorf("%s: %d bytes, error %v", tt.name, len(b), err)
		}
	}
}

func TestMono(t *testing.T) {
	if got := (Clip{8000, 2, []float32{1, 0, .5, -.5}}).Mono(); !slices.Equal(got, []float32{.5, 0}) {
		t.Errorf("stereo to mono: %v", got)
	}
	if got := (Clip{8000, 1, []float32{1, 2}}).Mono(); !slices.Equal(got, []float32{1, 2}) {
		t.Errorf("mono to mono: %v", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(file(header(1, 1, 8000, 16), 4, []byte{0, 0x40, 0, 0x80}))
	f.Add(file(header(1, 2, 44100, 24), 6, []byte{0, 0, 0x40, 0, 0, 0x80}))
	f.Add(file(header(3, 1, 48000, 64), 8, make([]byte, 8)))
	f.Add(file(extensible(3, 32), 0, make([]byte, 4), []byte("LIST\x03\x00\x00\x00abc\x00")...))
	f.Add(file(header(6, 1, 8000, 8), 1, []byte{0xd5}))
	f.Fuzz(func(t *testing.T, data []byte) {
		clip, err := Parse(data)
		if err != nil {
			return
		}
		again, err := Append(nil, clip, Float32)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		got, err := Parse(again)
		if err != nil || got.Rate != clip.Rate || got.Channels != clip.Channels || !slices.Equal(got.PCM, clip.PCM) {
			t.Fatalf("round trip changed the clip: %v", err)
		}
	})
}
