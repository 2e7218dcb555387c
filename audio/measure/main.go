package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// options are the flags, which all sub-commands share.
type options struct {
	seed uint64
	set  string
	all  bool
	args []string
	out  io.Writer
}

// subcommand does one measurement; false means that a held target is missed.
type subcommand struct {
	name, help string
	inAll      bool
	run        func(context.Context, options) (bool, error)
}

var subcommands = []subcommand{
	{"set", "DIR: write the echo takes of a seed as sound files", false, writeSet},
	{"echo", "echo cancellation beside speexdsp", true, measureEcho},
	{"noise", "noise suppression beside speexdsp", true, measureNoise},
	{"jitter", "the jitter buffer beside a fixed one and NetEQ's policy", true, measureJitter},
	{"conceal", "concealment of lost packets beside spandsp", true, measureConcealment},
	{"g722", "G.722 against spandsp, bit for bit", true, measureG722},
	{"cost", "ARM64 instructions of each box, counted by qemu", true, measureCost},
	{"frames", "BOX N: run one box for N times 20 ms, for counting", false, runBox},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run answers the exit status: 0 all held targets met, 1 one missed or the measurement failed, 2 wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o := options{out: stdout}
	flags := flag.NewFlagSet("measure", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Uint64Var(&o.seed, "seed", 1, "other voices, sentences, rooms, noises and networks")
	flags.StringVar(&o.set, "set", "", "measure the echo takes in this `folder` instead of making them")
	flags.BoolVar(&o.all, "v", false, "print the figures of each take for every system")
	flags.Usage = func() { usage(flags) }
	if err := flags.Parse(args); err != nil {
		return 2
	}
	o.args = flags.Args()
	if len(o.args) == 0 {
		usage(flags)
		return 2
	}
	good, err := perform(ctx, o)
	switch {
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, "measure:", err)
		usage(flags)
		return 2
	case err != nil:
		fmt.Fprintln(stderr, "measure:", err)
		return 1
	case !good:
		fmt.Fprintln(stderr, "measure: a target that is held was missed")
		return 1
	}
	return 0
}

var errUsage = errors.New("unknown sub-command")

func usage(flags *flag.FlagSet) {
	w := flags.Output()
	fmt.Fprintln(w, "usage: measure [flags] SUB-COMMAND\n\n  all      everything but set")
	for _, s := range subcommands {
		fmt.Fprintf(w, "  %-8s %s\n", s.name, s.help)
	}
	flags.PrintDefaults()
}

// perform runs the sub-command named first, or all that measure.
func perform(ctx context.Context, o options) (bool, error) {
	name := o.args[0]
	o.args = o.args[1:]
	good, found := true, false
	for _, s := range subcommands {
		if s.name != name && (name != "all" || !s.inAll) {
			continue
		}
		found = true
		met, err := s.run(ctx, o)
		if err != nil {
			return false, fmt.Errorf("%s: %w", s.name, err)
		}
		good = good && met
	}
	if !found {
		return false, fmt.Errorf("%w %q", errUsage, name)
	}
	return good, nil
}
