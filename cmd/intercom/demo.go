package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"

	"golang.org/x/term"

	"intercom/firmware/demo"
	"intercom/sipua/sip"
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
				o.Info, o.Out = *dtmf == "info", s.out
				if why := misfit(o, *dtmf); why != "" {
					fmt.Fprintf(s.err, "intercom demo: %s\n", why)
					return exitUsage
				}
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

// misfit tells what is wrong with the flags; "" if nothing is.
func misfit(o demo.Options, dtmf string) string {
	if dtmf != "rtp" && dtmf != "info" {
		return fmt.Sprintf("--dtmf %q is unknown: choose rtp or info", dtmf)
	}
	if o.Phone == "" {
		return ""
	}
	if uri, err := sip.ParseURI(o.Phone); err != nil || !uri.IsSIP() || uri.Host == "" {
		return fmt.Sprintf("--phone %q is no SIP URI: write sip:you@192.0.2.20, with your phone's address", o.Phone)
	}
	if o.KillPBX || o.WrongCode || o.Info {
		return "--kill-pbx, --wrong-code and --dtmf info need the built-in desk phone: leave them out, or --phone"
	}
	return ""
}

func showDemo(ctx context.Context, s streams, o demo.Options, tracer *tracer) int {
	if keys, ok := s.in.(*os.File); ok && o.Keep && term.IsTerminal(int(keys.Fd())) {
		o.Keys, o.Raw = keys, func() (func(), error) { return makeRaw(int(keys.Fd())) }
	}
	if err := errors.Join(demo.Run(ctx, o), tracer.close()); err != nil {
		fmt.Fprintf(s.err, "intercom demo: %v\n", err)
		return exitFault
	}
	return exitOK
}

// makeRaw has a terminal give single keys without an echo, until restore is called.
func makeRaw(fd int) (restore func(), err error) {
	old, err := term.MakeRaw(fd)
	if err != nil {
		return nil, err
	}
	return func() { _ = term.Restore(fd, old) }, nil // a terminal that is gone needs no care
}
