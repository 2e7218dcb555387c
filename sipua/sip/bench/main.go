// Command bench times this project's SIP parser and printer against sipgo's, both in one run on one machine, and
// prints a table of medians. Run it in its own folder, for it is a module of its own:
//
//	cd sipua/sip/bench && go run . [-rounds 15]
//
// The rounds are short and take turns, and the ratio is the median of the rounds' own ratios, so that a machine with other
// work to do gives the same answer as an idle one.
//
// It is no part of the firmware, so that sipgo is not among the firmware's modules.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"testing"

	peer "github.com/emiago/sipgo/sip"

	"intercom/sipua/sip"
)

func main() {
	log.SetFlags(0)
	testing.Init()
	rounds := flag.Int("rounds", 15, "measurements of each case; the table shows their medians")
	folder := flag.String("messages", filepath.Join("..", "testdata", "bench"), "folder of the messages")
	flag.Parse()
	if err := flag.Set("test.benchtime", "100ms"); err != nil {
		log.Fatal(err)
	}
	if err := run(os.Stdout, *folder, max(*rounds, 1)); err != nil {
		log.Fatal(err)
	}
}

// Each message is parsed from its wire form to the peer's or our own message type, as a transport would do it; printing
// starts from that type. Neither side keeps anything between two rounds but its parser.

// contest is one row of the table: the same work done by both.
type contest struct {
	name         string
	ours, theirs func() error
}

func run(w io.Writer, folder string, rounds int) error {
	contests, err := prepare(folder)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%-22s %22s %22s %7s\n", "", "ours ns / B / allocs", "sipgo ns / B / allocs", "ratio")
	for _, c := range contests {
		ours, theirs, ratio, err := c.measure(rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		fmt.Fprintf(w, "%-22s %22s %22s %7.2f\n", c.name, ours, theirs, ratio)
	}
	return nil
}

// prepare reads the messages and checks that both sides take them, for a refusal is quick.
func prepare(folder string) ([]contest, error) {
	var contests []contest
	for _, name := range []string{"invite", "ok200", "fritz401", "wsinv"} {
		wire, err := readMessage(filepath.Join(folder, name+".txt"))
		if err != nil {
			return nil, err
		}
		contests = append(contests, parsing(name, wire))
		if name == "ok200" {
			printing, err := printing(name, wire)
			if err != nil {
				return nil, err
			}
			contests = append(contests, printing)
		}
	}
	return contests, nil
}

func readMessage(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")), err
}

func parsing(name string, wire []byte) contest {
	theirs := peer.NewParser()
	return contest{
		name: fmt.Sprintf("parse %s, %d B", name, len(wire)),
		ours: func() error {
			_, err := sip.Parse(wire)
			return err
		},
		theirs: func() error {
			_, err := theirs.ParseSIP(wire)
			return err
		},
	}
}

func printing(name string, wire []byte) (contest, error) {
	ours, err := sip.Parse(wire)
	if err != nil {
		return contest{}, fmt.Errorf("ours: %w", err)
	}
	theirs, err := peer.ParseMessage(wire)
	if err != nil {
		return contest{}, fmt.Errorf("sipgo: %w", err)
	}
	return contest{
		name:   "print " + name,
		ours:   func() error { return produced(len(ours.Append(nil))) },
		theirs: func() error { return produced(len(theirs.String())) },
	}, nil
}

func produced(n int) error {
	if n == 0 {
		return fmt.Errorf("nothing was printed")
	}
	return nil
}

// figures are medians per operation.
type figures struct{ ns, bytes, allocs float64 }

func (f figures) String() string {
	return fmt.Sprintf("%6.0f / %5.0f / %2.0f", f.ns, f.bytes, f.allocs)
}

// measure takes turns, so that a machine growing slower or busier meets both alike.
func (c contest) measure(rounds int) (ours, theirs figures, ratio float64, err error) {
	var all [2][]testing.BenchmarkResult
	for range rounds {
		for i, work := range []func() error{c.ours, c.theirs} {
			if err := work(); err != nil {
				return ours, theirs, 0, fmt.Errorf("side %d: %w", i, err)
			}
			all[i] = append(all[i], testing.Benchmark(func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					_ = work()
				}
			}))
		}
	}
	ratios := make([]float64, rounds)
	for i := range ratios {
		ratios[i] = nanoseconds(all[0][i]) / nanoseconds(all[1][i])
	}
	return medians(all[0]), medians(all[1]), median(ratios), nil
}

func nanoseconds(r testing.BenchmarkResult) float64 { return float64(r.T.Nanoseconds()) / float64(r.N) }

func medians(results []testing.BenchmarkResult) figures {
	pick := func(figure func(testing.BenchmarkResult) float64) float64 {
		list := make([]float64, len(results))
		for i, r := range results {
			list[i] = figure(r)
		}
		return median(list)
	}
	return figures{
		ns:     pick(nanoseconds),
		bytes:  pick(func(r testing.BenchmarkResult) float64 { return float64(r.AllocedBytesPerOp()) }),
		allocs: pick(func(r testing.BenchmarkResult) float64 { return float64(r.AllocsPerOp()) }),
	}
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}
