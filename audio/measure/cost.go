package main

import (
	"context"
	_ "embed" // the plug-in's source
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

//go:embed testdata/count.c
var countSource []byte

// budget is what a Cortex-A53 at 1 GHz does in 20 % of 20 ms with 0.7 instructions a clock, in instructions.
const budget = 2.8e6

// A count is the difference of a long and a short run, so that start and set-up fall out. Both are long enough for every
// adaptive box to have settled, and go several times round the signal's syllables.
const (
	shortRun = 100 // times 20 ms
	longRun  = 350
)

// counter counts ARM64 instructions of this very program under qemu's user mode.
type counter struct{ program, plugin string }

func newCounter(ctx context.Context, w workshop) (c counter, err error) {
	c.program = filepath.Join(w.dir, "measure-arm64")
	build := exec.CommandContext(ctx, "go", "build", "-o", c.program, "intercom/audio/measure")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return c, fmt.Errorf("building for ARM64, inside the module: %w: %s", err, out)
	}
	c.plugin, err = w.compile(ctx, "count", countSource, "-shared", "-fPIC")
	return c, err
}

var counted = regexp.MustCompile(`instructions (\d+)`)

// count is the number of instructions of one run. One processor and no garbage collection make it repeatable within some
// thousands.
func (c counter) count(ctx context.Context, name string, frames int) (float64, error) {
	cmd := exec.CommandContext(ctx, "qemu-aarch64", "-plugin", "file="+c.plugin, "-d", "plugin", c.program, "frames", name, strconv.Itoa(frames))
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("qemu-aarch64: %w: %s (is audio/measure/packages.sh done?)", err, out)
	}
	m := counted.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("qemu-aarch64 printed no count: %q", out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

// perPacket is the number of instructions for 20 ms of a box.
func (c counter) perPacket(ctx context.Context, name string) (float64, error) {
	short, err := c.count(ctx, name, shortRun)
	if err != nil {
		return 0, err
	}
	long, err := c.count(ctx, name, longRun)
	return (long - short) / (longRun - shortRun), err
}

// measureCost prints the instructions of each box and of a whole call.
func measureCost(ctx context.Context, o options) (bool, error) {
	w, err := newWorkshop()
	if err != nil {
		return false, err
	}
	defer w.close()
	c, err := newCounter(ctx, w)
	if err != nil {
		return false, err
	}
	counts := make([]float64, len(boxes))
	err = inParallel(len(boxes), func(i int) (err error) {
		counts[i], err = c.perPacket(ctx, boxes[i].name)
		return err
	})
	if err != nil {
		return false, err
	}
	t := newTable("Cost: thousand ARM64 instructions for 20 ms", "", "each", "in a G.722 call")
	total, canceller := 0.0, 0.0
	for i, b := range boxes {
		t.row(b.name, decimal(counts[i]/1000, 1), decimal(b.share*counts[i]/1000, 1))
		total += b.share * counts[i]
		if b.name == "echo" {
			canceller = counts[i]
		}
	}
	t.row("sum", "", decimal(total/1000, 1))
	t.print(o.out)
	return judgeTargets(o.out, []target{
		{"a G.722 call with everything on, million instructions for 20 ms", total / 1e6, atMost, budget / 1e6, true},
		{"echo canceller, million instructions for 10 ms", canceller / 2e6, atMost, 0.7, true},
	}), nil
}
