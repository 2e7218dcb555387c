package main

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// figures are a column of the table.
type figures struct {
	name                        string
	junk                        int
	took                        time.Duration
	ringing, answered, reinvite []time.Duration
	sound                       soundFigures
	spent                       usage
}

// usage is what a process uses, or used between two moments.
type usage struct {
	cpu        time.Duration
	heap       int64
	goroutines int
}

// resources are those in use now, after what can go has gone.
func resources() usage {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u := usage{heap: int64(m.HeapAlloc), goroutines: runtime.NumGoroutine()}
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err == nil {
		u.cpu = time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	return u
}

func (u usage) minus(before usage) usage {
	return usage{u.cpu - before.cpu, u.heap - before.heap, u.goroutines - before.goroutines}
}

// row is a line of the table.
type row struct {
	name string
	cell func(f figures) string
}

func rows() []row {
	pair := func(pick func(f figures) []time.Duration) func(f figures) string {
		return func(f figures) string {
			median, worst := spread(pick(f))
			return fmt.Sprintf("%s / %s", millis(median), millis(worst))
		}
	}
	return []row{
		{"junk messages a second", func(f figures) string { return fmt.Sprintf("%.0f", float64(f.junk)/f.took.Seconds()) }},
		{"INVITE to 180, median / worst", pair(func(f figures) []time.Duration { return f.ringing })},
		{"INVITE to 200, median / worst", pair(func(f figures) []time.Duration { return f.answered })},
		{"re-INVITE to 200, median / worst", pair(func(f figures) []time.Duration { return f.reinvite })},
		{"sound packets lost", func(f figures) string { return fmt.Sprintf("%d of %d", f.sound.lost, f.sound.sent) }},
		{"sound jitter / longest gap", func(f figures) string { return millis(f.sound.jitter) + " / " + millis(f.sound.worst) }},
		{"CPU of one core", func(f figures) string { return fmt.Sprintf("%.1f %%", 100*f.spent.cpu.Seconds()/f.took.Seconds()) }},
		{"memory kept", func(f figures) string { return fmt.Sprintf("%d KiB", f.spent.heap/1024) }},
		{"goroutines kept", func(f figures) string { return fmt.Sprint(f.spent.goroutines) }},
	}
}

func writeTable(w io.Writer, columns []figures) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%-34s", "")
	for _, f := range columns {
		fmt.Fprintf(&b, " %20s", f.name)
	}
	b.WriteByte('\n')
	for _, r := range rows() {
		fmt.Fprintf(&b, "%-34s", r.name)
		for _, f := range columns {
			fmt.Fprintf(&b, " %20s", r.cell(f))
		}
		b.WriteByte('\n')
	}
	_, err := w.Write(b.Bytes())
	return err
}

// spread gives median and maximum; zero of nothing.
func spread(list []time.Duration) (median, worst time.Duration) {
	if len(list) == 0 {
		return 0, 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2], sorted[len(sorted)-1]
}

func millis(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }
