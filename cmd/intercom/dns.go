package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"time"

	"intercom/sipua/locate"
	"intercom/sipua/sip"
)

func dnsCommand() command {
	return command{
		name:    "dns",
		args:    "URI",
		summary: "explain how the server of a SIP URI is found",
		details: "Prints each question asked, each answer and each rule with its RFC section, then the servers in the order in which they\n" +
			"are tried (RFC 3263). Exits with 1 when there is none.",
		examples: []string{"dns sip:example.com", "dns --server 192.0.2.53 --json sips:door@example.com"},
		min:      1,
		max:      1,
		setup: func(flags *flag.FlagSet) action {
			asJSON := flags.Bool("json", false, "print one JSON object")
			server := flags.String("server", "", "ask this `address` or address:port instead of the host's name servers")
			return func(ctx context.Context, s streams, args []string) int {
				return explainDNS(ctx, s, args[0], *server, *asJSON)
			}
		},
	}
}

func explainDNS(ctx context.Context, s streams, text, server string, asJSON bool) int {
	uri, err := sip.ParseURI(text)
	if err != nil || !uri.IsSIP() {
		fmt.Fprintf(s.err, "intercom dns: %q is no SIP URI: write sip:example.com or sips:user@example.com\n", text)
		return exitUsage
	}
	config := locate.Config{}
	if server != "" {
		config.Servers = []string{server}
	}
	resolver, err := locate.New(config)
	if err != nil {
		fmt.Fprintf(s.err, "intercom dns: --server: %v\n", err)
		return exitUsage
	}
	result := resolver.Locate(ctx, time.Time{}, locate.Query{URI: uri, Transports: []string{sip.UDP, sip.TCP, sip.TLS}})
	if asJSON {
		encoder := json.NewEncoder(s.out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(result)
	} else {
		err = result.WriteText(s.out)
	}
	if err != nil {
		fmt.Fprintf(s.err, "intercom dns: %v\n", err)
		return exitFault
	}
	if len(result.Targets) == 0 {
		return exitFault
	}
	return exitOK
}
