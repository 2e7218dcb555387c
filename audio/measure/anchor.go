package main

import (
	"context"
	_ "embed" // the anchors' sources travel in the binary
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

//go:embed testdata/speex.c
var speexSource []byte

// workshop is the folder in which anchors are compiled; close it after use.
type workshop struct{ dir string }

func newWorkshop() (workshop, error) {
	dir, err := os.MkdirTemp("", "intercom-measure-")
	return workshop{dir}, err
}

func (w workshop) close() { os.RemoveAll(w.dir) }

// compile builds a C program and answers its path.
func (w workshop) compile(ctx context.Context, name string, source []byte, flags ...string) (string, error) {
	file, program := filepath.Join(w.dir, name+".c"), filepath.Join(w.dir, name)
	if err := os.WriteFile(file, source, 0o644); err != nil {
		return "", err
	}
	_, err := execute(ctx, nil, "gcc", append([]string{"-O2", "-Wall", "-o", program, file}, flags...)...)
	if err != nil {
		return "", fmt.Errorf("compiling the anchor %s: %w", name, err)
	}
	return program, nil
}

// filtered sends samples of 16 bits through a program.
func filtered(ctx context.Context, in []int16, program string, args ...string) ([]int16, error) {
	data, err := executeSamples(ctx, in, program, args...)
	return samplesOf(data), err
}

// executeSamples runs a program with samples as its input.
func executeSamples(ctx context.Context, in []int16, program string, args ...string) ([]byte, error) {
	data := make([]byte, 0, 2*len(in))
	for _, v := range in {
		data = binary.NativeEndian.AppendUint16(data, uint16(v))
	}
	return execute(ctx, data, program, args...)
}

func samplesOf(data []byte) []int16 {
	out := make([]int16, len(data)/2)
	for i := range out {
		out[i] = int16(binary.NativeEndian.Uint16(data[2*i:]))
	}
	return out
}

// speexTail is the length of speexdsp's filter in ms: as long as ours, in whole frames.
const speexTail = 120

// speexEcho is speexdsp's canceller, with or without its suppressor of residual echo.
func speexEcho(ctx context.Context, program string, t take, suppress bool) ([]float64, error) {
	ref, mic := toInt16(t.aligned()), toInt16(t.mic)
	pairs := make([]int16, 2*len(mic))
	for i := range mic {
		pairs[2*i], pairs[2*i+1] = ref[i], mic[i]
	}
	mode := "0"
	if suppress {
		mode = "1"
	}
	out, err := filtered(ctx, pairs, program, "echo", strconv.Itoa(t.rate), strconv.Itoa(speexTail), mode)
	return fitted(fromInt16(out), len(mic)), err
}
