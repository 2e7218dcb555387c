package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	"intercom/sipua"
	"intercom/sipua/locate"
	"intercom/sipua/sip"
)

func dnsCommand() command {
	return command{
		name:    "dns",
		args:    "[--probe] URI",
		summary: "explain how the server of a SIP URI is found",
		details: "Prints each question asked, each answer and each rule with its RFC section, then the servers in the order in which they\n" +
			"are tried (RFC 3263). With --probe each of them is asked for its OPTIONS, without credentials: any answer shows that\n" +
			"it lives. Exits with 1 when there is no server, or none that answers.",
		examples: []string{
			"dns sip:example.com", "dns --server 192.0.2.53 --json sips:door@example.com",
			"dns --probe sip:example.com  # does any of them answer?",
		},
		min: 1,
		max: 1,
		setup: func(flags *flag.FlagSet) action {
			var d dnsOptions
			flags.BoolVar(&d.asJSON, "json", false, "print one JSON object")
			flags.StringVar(&d.server, "server", "", "ask this `address` or address:port instead of the host's name servers")
			flags.BoolVar(&d.probe, "probe", false, "ask each server found for its OPTIONS")
			flags.DurationVar(&d.timeout, "timeout", 5*time.Second, "how `long` to wait for the servers' answers")
			return func(ctx context.Context, s streams, args []string) int {
				return explainDNS(ctx, s, args[0], d)
			}
		},
	}
}

// dnsOptions are the flags of dns.
type dnsOptions struct {
	asJSON  bool
	server  string
	probe   bool
	timeout time.Duration
}

func explainDNS(ctx context.Context, s streams, text string, d dnsOptions) int {
	uri, err := sip.ParseURI(text)
	if err != nil || !uri.IsSIP() {
		fmt.Fprintf(s.err, "intercom dns: %q is no SIP URI: write sip:example.com or sips:user@example.com\n", text)
		return exitUsage
	}
	if d.timeout <= 0 {
		fmt.Fprintf(s.err, "intercom dns: --timeout %v: write one such as 5s\n", d.timeout)
		return exitUsage
	}
	config := locate.Config{}
	if d.server != "" {
		config.Servers = []string{d.server}
	}
	resolver, err := locate.New(config)
	if err != nil {
		fmt.Fprintf(s.err, "intercom dns: --server: %v\n", err)
		return exitUsage
	}
	found := explained{Result: resolver.Locate(ctx, time.Time{}, locate.Query{URI: uri, Transports: []string{sip.UDP, sip.TCP, sip.TLS}})}
	if d.probe {
		found.probes, err = sipua.Probe(ctx, sipua.Probing{URI: uri, Timeout: d.timeout}, found.Targets)
		if err != nil {
			fmt.Fprintf(s.err, "intercom dns: %v\n", err)
			return exitFault
		}
	}
	if err := found.write(s.out, d.asJSON); err != nil {
		fmt.Fprintf(s.err, "intercom dns: %v\n", err)
		return exitFault
	}
	if len(found.Targets) == 0 || d.probe && !found.answered() {
		return exitFault
	}
	return exitOK
}
