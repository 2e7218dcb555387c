package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrFormat is wrapped by every error of Parse.
var ErrFormat = errors.New("wav: not a usable WAV file")

// Bounds of what is taken for a sound and not for noise in a header.
const (
	maxChannels = 32
	minRate     = 1000
	maxRate     = 384000
)

// Clip is a sound in memory.
type Clip struct {
	Rate     int       // samples a second per channel
	Channels int       // 1 = mono; samples of the channels alternate in PCM
	PCM      []float32 // full scale = 1
}

// Mono returns the mean of the channels. A mono clip's own samples are returned, not a copy.
func (c Clip) Mono() []float32 {
	if c.Channels <= 1 {
		return c.PCM
	}
	out := make([]float32, len(c.PCM)/c.Channels)
	for i := range out {
		for _, v := range c.PCM[i*c.Channels : (i+1)*c.Channels] {
			out[i] += v
		}
		out[i] /= float32(c.Channels)
	}
	return out
}

// A RIFF file is a list of chunks:
//
//	 0        4        8
//	+--------+--------+--------+
//	| "RIFF" |  size  | "WAVE" |   size counts what follows it
//	+--------+--------+--------+
//	|  name  |  size  | body of size bytes, then one byte of padding if size is odd |   repeated
//	+--------+--------+-------------------------------------------------------------+
//
// The body of "fmt ":
//
//	 0      2          4      8           12           14     16
//	+------+----------+------+-----------+------------+------+----------------------------
//	| tag  | channels | rate | byte rate | block size | bits | extensible: 8 bytes, then tag
//	+------+----------+------+-----------+------------+------+----------------------------

// Parse reads a WAV file. Errors wrap ErrFormat and say what to do about the file.
func Parse(data []byte) (Clip, error) {
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return Clip{}, fmt.Errorf("%w: it does not begin with RIFF....WAVE (%s); %s", ErrFormat, kind(data), cure)
	}
	var f format
	known := false
	for rest := data[12:]; len(rest) >= 8; {
		name, body := string(rest[:4]), chunk(rest)
		switch {
		case name == "fmt ":
			var err error
			if f, err = parseFormat(body); err != nil {
				return Clip{}, err
			}
			known = true
		case name == "data" && !known:
			return Clip{}, fmt.Errorf("%w: the data comes before a fmt chunk; %s", ErrFormat, cure)
		case name == "data":
			return f.clip(dataBody(rest, body)), nil
		}
		rest = rest[min(8+len(body)+len(body)&1, len(rest)):]
	}
	return Clip{}, fmt.Errorf("%w: it has no data chunk in its %d bytes, the copy may be incomplete", ErrFormat, len(data))
}

const cure = "convert it with: ffmpeg -i FILE -ac 1 -ar 16000 -c:a pcm_s16le OUT.wav"

// kind names what a file that is no RIFF probably is.
func kind(data []byte) string {
	for magic, name := range map[string]string{"OggS": "Ogg", "fLaC": "FLAC", "ID3": "MP3", "RF64": "RF64", "RIFX": "big-endian RIFX", "FORM": "AIFF"} {
		if len(data) >= len(magic) && string(data[:len(magic)]) == magic {
			return "it looks like " + name
		}
	}
	return fmt.Sprintf("%d bytes of something else", len(data))
}

// chunk is the body of the first chunk, cut at the end of the file if its size lies.
func chunk(rest []byte) []byte {
	size := int64(binary.LittleEndian.Uint32(rest[4:]))
	return rest[8 : 8+min(size, int64(len(rest)-8))]
}

// dataBody takes everything that is left when the size is one of those a program writes when it cannot seek back.
func dataBody(rest, body []byte) []byte {
	if size := binary.LittleEndian.Uint32(rest[4:]); size == 0 || size == 0xFFFFFFFF || size == 0x7FFFFFFF {
		return rest[8:]
	}
	return body
}

// format is the meaning of a "fmt " chunk.
type format struct {
	rate, channels int
	bytes          int // per sample
	sample         func([]byte) float32
}

func parseFormat(b []byte) (format, error) {
	if len(b) < 16 {
		return format{}, fmt.Errorf("%w: its fmt chunk has %d bytes, at least 16 are needed; %s", ErrFormat, len(b), cure)
	}
	tag, bits := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[14:]))
	if tag == tagExtensible && len(b) >= 26 {
		tag = binary.LittleEndian.Uint16(b[24:])
	}
	f := format{rate: int(int32(binary.LittleEndian.Uint32(b[4:]))), channels: int(binary.LittleEndian.Uint16(b[2:]))}
	if f.rate < minRate || f.rate > maxRate {
		return format{}, fmt.Errorf("%w: its rate of %d Hz is outside %d to %d; %s", ErrFormat, f.rate, minRate, maxRate, cure)
	}
	if f.channels < 1 || f.channels > maxChannels {
		return format{}, fmt.Errorf("%w: it has %d channels, 1 to %d can be read; %s", ErrFormat, f.channels, maxChannels, cure)
	}
	if f.bytes, f.sample = reader(tag, bits); f.sample == nil {
		return format{}, fmt.Errorf("%w: encoding %#04x with %d bits is unknown here; %s", ErrFormat, tag, bits, cure)
	}
	return f, nil
}

func (f format) clip(data []byte) Clip {
	frames := len(data) / (f.bytes * f.channels)
	c := Clip{Rate: f.rate, Channels: f.channels, PCM: make([]float32, frames*f.channels)}
	for i := range c.PCM {
		c.PCM[i] = f.sample(data[i*f.bytes:])
	}
	return c
}
