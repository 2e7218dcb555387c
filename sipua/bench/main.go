package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"time"

	"intercom/sipua"
)

// settings of a run.
type settings struct {
	rate  int // junk messages a second
	calls int // set up in each condition
}

func main() {
	log.SetFlags(0)
	var s settings
	flag.IntVar(&s.rate, "rate", 10000, "junk messages a second")
	flag.IntVar(&s.calls, "calls", 40, "calls to set up in each condition")
	target := flag.String("flood", "", "be the flood: send junk to this `address` until standard input ends")
	flag.Parse()
	if *target != "" {
		if err := floodUntilEnd(os.Stdin, os.Stdout, *target, s.rate); err != nil {
			log.Fatal(err)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, s, startFlood); err != nil {
		log.Fatal(err)
	}
}

// condition is a column of the table.
type condition struct {
	name    string
	limits  sipua.Limits
	isFlood bool
}

// unlimited reads everything.
var unlimited = sipua.Limits{SourceRate: -1, StrangerRate: -1}

func conditions() []condition {
	return []condition{{name: "quiet"}, {name: "flood", isFlood: true}, {name: "no limits", limits: unlimited, isFlood: true}}
}

// flooder starts a flood; stop ends it and tells how many messages were sent.
type flooder func(target string, rate int) (stop func() (int, error), err error)

// run measures each condition in a house of its own and prints them side by side.
func run(ctx context.Context, w io.Writer, s settings, flood flooder) error {
	var columns []figures
	for _, c := range conditions() {
		f, err := measure(ctx, c, s, flood)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		columns = append(columns, f)
	}
	if err := writeTable(w, columns); err != nil {
		return err
	}
	return judge(columns)
}

// measure lets a house live through one condition.
func measure(ctx context.Context, c condition, s settings, flood flooder) (f figures, err error) {
	h, err := openHouse(ctx, c.limits)
	if err != nil {
		return f, err
	}
	defer h.close()
	f.name = c.name
	before := resources()
	var stop func() (int, error)
	if c.isFlood {
		if stop, err = flood(h.door.agent.Local("UDP").String(), s.rate); err != nil {
			return f, err
		}
	}
	began := time.Now()
	err = h.live(ctx, &f, s.calls)
	f.took = time.Since(began)
	f.spent = resources().minus(before)
	if stop != nil {
		junk, stopErr := stop()
		if err == nil {
			err = stopErr
		}
		f.junk = junk
	}
	return f, err
}

// The most a flood may leave behind, for judge.
const (
	maxHeap       = 16 << 20
	maxGoroutines = 40
)

// judge compares the columns: latencies are for the reader, but harm is an error.
func judge(columns []figures) error {
	for _, f := range columns {
		switch {
		case f.spent.heap > maxHeap:
			return fmt.Errorf("%s: %d bytes of memory did not come back", f.name, f.spent.heap)
		case f.spent.goroutines > maxGoroutines:
			return fmt.Errorf("%s: %d goroutines did not come back", f.name, f.spent.goroutines)
		case f.sound.lost > f.sound.sent/100:
			return fmt.Errorf("%s: %d of %d packets of sound were lost", f.name, f.sound.lost, f.sound.sent)
		}
	}
	return nil
}
