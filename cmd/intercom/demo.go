package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"

	"intercom/firmware/demo"
)

func demoCommand() command {
	return command{
		name:    "demo",
		summary: "show the whole job on this machine, without hardware",
		details: "Rings, talks and opens a door on loopback: a simulated board, a name server, two registrars and a desk phone around the\n" +
			"same door that `intercom run` runs. Prints one line per fact it has observed, and exits with 1 at the first that does\n" +
			"not come true. No microphone is opened.",
		examples: []string{
			"demo", "demo --kill-pbx  # the registrar dies, the next one takes over",
			"demo --trace call.txt  # the messages as a ladder",
			"demo --keep  # keys press the button; a softphone can register", "demo --phone sip:me@192.0.2.20  # ring a real phone directly",
		},
		setup: func(flags *flag.FlagSet) action {
			var o demo.Options
			flags.StringVar(&o.Phone, "phone", "", "ring the real phone at `URI`, without a proxy")
			flags.BoolVar(&o.KillPBX, "kill-pbx", false, "let the registrar die before the call")
			flags.BoolVar(&o.WrongCode, "wrong-code", false, "try a wrong code first")
			flags.BoolVar(&o.JSON, "json", false, "print one JSON object per fact")
			flags.BoolVar(&o.Keep, "keep", false, "stay up afterwards")
			dtmf := flags.String("dtmf", "rtp", "send the code by `method` rtp (RFC 4733 events) or info (SIP INFO)")
			traceFile := flags.String("trace", "", traceUsage)
			verbose := flags.Bool("verbose", false, "print the log too")
			return func(ctx context.Context, s streams, _ []string) int {
				if *dtmf != "rtp" && *dtmf != "info" {
					fmt.Fprintf(s.err, "intercom demo: --dtmf %q is unknown: choose rtp or info\n", *dtmf)
					return exitUsage
				}
				o.Info, o.Out = *dtmf == "info", s.out
				log := slog.New(slog.NewTextHandler(s.err, nil))
				if *verbose {
					o.Logger = log
				}
				tracer, err := openTrace(*traceFile, log)
				if err != nil {
					fmt.Fprintf(s.err, "intercom demo: %v\n", err)
					return exitUsage
				}
				o.Watch = tracer.watch
				return showDemo(ctx, s, o, tracer)
			}
		},
	}
}

func showDemo(ctx context.Context, s streams, o demo.Options, tracer *tracer) int {
	if keys, ok := s.in.(*os.File); ok && o.Keep && term.IsTerminal(int(keys.Fd())) {
		o.Keys = keys
		old, err := term.MakeRaw(int(keys.Fd()))
		if err == nil {
			o.Out, o.Screen = crlf{s.out}, s.out
			defer term.Restore(int(keys.Fd()), old)
		}
	}
	if err := errors.Join(demo.Run(ctx, o), tracer.close()); err != nil {
		fmt.Fprintf(s.err, "intercom demo: %v\n", err)
		return exitFault
	}
	return exitOK
}

// crlf ends lines as a terminal in raw mode needs.
type crlf struct{ w io.Writer }

// Write implements io.Writer.
func (c crlf) Write(b []byte) (int, error) {
	var out []byte
	for i, ch := range b {
		if ch == '\n' && (i == 0 || b[i-1] != '\r') {
			out = append(out, '\r')
		}
		out = append(out, ch)
	}
	if _, err := c.w.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}
