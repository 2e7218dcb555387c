package wav

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Positions of the two sizes in the header that Append writes.
const (
	headerSize = 44
	riffSizeAt = 4
	dataSizeAt = 40
)

// Growing is a PCM16 file that can be read while it is written: its sizes are 0 until Close, which readers take for
// "all that is there". A file whose writer died is read in the same way.
type Growing struct {
	file  io.WriteSeeker
	clip  Clip // rate and channels; no sound
	block []byte
	size  int64
}

// Grow begins a file. rate is in Hz; the bounds are those of Append.
func Grow(file io.WriteSeeker, rate, channels int) (*Growing, error) {
	g := &Growing{file: file, clip: Clip{Rate: rate, Channels: channels}}
	header, err := Append(nil, g.clip, PCM16)
	if err != nil {
		return nil, err
	}
	if _, err := file.Write(header); err != nil {
		return nil, fmt.Errorf("wav: %w", err)
	}
	return g, nil
}

// Write appends whole frames. Beyond 4 GiB, which is half a day at 48 kHz, it fails.
func (g *Growing) Write(pcm []float32) error {
	g.clip.PCM = pcm
	data, err := Append(g.block[:0], g.clip, PCM16)
	if err != nil {
		return err
	}
	g.block, g.clip.PCM = data, nil
	data = data[headerSize:]
	if g.size+int64(len(data)) > 1<<32-headerSize-1 {
		return fmt.Errorf("wav: the file would exceed 4 GiB, begin another")
	}
	n, err := g.file.Write(data)
	g.size += int64(n)
	if err != nil {
		return fmt.Errorf("wav: %w", err)
	}
	return nil
}

// Close writes the sizes. The file itself stays open: it is the caller's.
func (g *Growing) Close() error {
	for _, field := range []struct{ at, size int64 }{{riffSizeAt, headerSize - 8 + g.size}, {dataSizeAt, g.size}} {
		if _, err := g.file.Seek(field.at, io.SeekStart); err != nil {
			return fmt.Errorf("wav: %w", err)
		}
		if _, err := g.file.Write(binary.LittleEndian.AppendUint32(nil, uint32(field.size))); err != nil {
			return fmt.Errorf("wav: %w", err)
		}
	}
	return nil
}
