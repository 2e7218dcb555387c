package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A set in a folder: NAME/ref.wav, mic.wav, near.wav, echo.wav, noise.wav and meta.json.
type meta struct {
	Rate  int    `json:"fs"`
	Delay int    `json:"delay"` // ms
	Far   string `json:"far,omitempty"`
}

const steadyFar = "noise"

func (t *take) parts() map[string]*[]float64 {
	return map[string]*[]float64{"ref": &t.ref, "mic": &t.mic, "near": &t.near, "echo": &t.echo, "noise": &t.noise}
}

// save writes a take into its folder under dir.
func (t take) save(dir string) error {
	dir = filepath.Join(dir, t.name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, x := range t.parts() {
		if err := writeWAV(filepath.Join(dir, name+".wav"), *x, t.rate); err != nil {
			return err
		}
	}
	m := meta{Rate: t.rate, Delay: t.delay}
	if t.rate == speechRate && !t.counts {
		m.Far = steadyFar
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "meta.json"), append(text, '\n'), 0o644)
}

// loadTake reads what save wrote.
func loadTake(dir string) (take, error) {
	text, err := os.ReadFile(filepath.Join(dir, "meta.json"))
	if err != nil {
		return take{}, err
	}
	var m meta
	if err := json.Unmarshal(text, &m); err != nil {
		return take{}, fmt.Errorf("%s/meta.json: %w", dir, err)
	}
	t := take{name: filepath.Base(dir), rate: m.Rate, delay: m.Delay, counts: m.Rate == speechRate && m.Far != steadyFar}
	for name, x := range t.parts() {
		var rate int
		if *x, rate, err = readWAV(filepath.Join(dir, name+".wav")); err != nil {
			return take{}, err
		}
		if want := int(length * float64(m.Rate)); rate != m.Rate || len(*x) != want {
			return take{}, fmt.Errorf("%s/%s.wav: %d samples at %d Hz, want %d at %d", dir, name, len(*x), rate, want, m.Rate)
		}
	}
	return t, nil
}

// loadSet reads all takes under dir, in order of name.
func loadSet(dir string) (takes []take, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "meta.json"))
	if err != nil || len(files) == 0 {
		return nil, errors.Join(fmt.Errorf("no takes in %s: make them with: measure set %s", dir, dir), err)
	}
	for _, f := range files {
		t, err := loadTake(strings.TrimSuffix(f, "/meta.json"))
		if err != nil {
			return nil, err
		}
		takes = append(takes, t)
	}
	return takes, nil
}

// takes are those of the folder -set names, or are made.
func (o options) takes(ctx context.Context) ([]take, error) {
	if o.set != "" {
		return loadSet(o.set)
	}
	return newSet(ctx, o.seed)
}

// writeSet is the sub-command set.
func writeSet(ctx context.Context, o options) (bool, error) {
	if len(o.args) != 1 {
		return false, errors.New("set needs a folder: measure set DIR")
	}
	takes, err := newSet(ctx, o.seed)
	if err != nil {
		return false, err
	}
	for _, t := range takes {
		if err := t.save(o.args[0]); err != nil {
			return false, err
		}
	}
	fmt.Fprintf(o.out, "%d takes of seed %d in %s\n", len(takes), o.seed, o.args[0])
	return true, nil
}
