package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"intercom/firmware/config"
)

// readLimit bounds what is read from standard input; the parser refuses anything near it.
const readLimit = 2 << 20

// checkCommand is what an installer runs before a restart, and a script before it installs a file.
func checkCommand() command {
	return command{
		name:    "check",
		args:    "FILE",
		summary: "validate a configuration and print what is in effect",
		details: "Reads the configuration FILE (- is standard input) and prints it as it takes effect: every setting with its\n" +
			"default filled in, secrets as \"(set)\". Warnings and faults go to standard error, one a line with file, line, column,\n" +
			"key, what is wrong and the cure; all faults at once. The exit code is 1 if there is a fault.",
		examples: []string{"check /etc/intercom/intercom.toml", "check --quiet door.toml  # faults and warnings only"},
		min:      1,
		max:      1,
		setup: func(flags *flag.FlagSet) action {
			quiet := flags.Bool("quiet", false, "do not print the configuration")
			strict := flags.Bool("strict", false, "take warnings for faults")
			return func(_ context.Context, s streams, args []string) int {
				return check(s, args[0], *quiet, *strict)
			}
		},
	}
}

// check prints to standard output only what is a valid file, so that it can be piped into one.
func check(s streams, path string, quiet, strict bool) int {
	cfg, err := readConfig(s, path)
	if err != nil {
		fmt.Fprintln(s.err, err)
		return exitFault
	}
	for _, w := range cfg.Warnings {
		fmt.Fprintf(s.err, "warning: %v\n", w)
	}
	if !quiet {
		if err := config.Print(s.out, *cfg); err != nil {
			fmt.Fprintln(s.err, err)
			return exitFault
		}
	}
	if strict && len(cfg.Warnings) > 0 {
		return exitFault
	}
	return exitOK
}

// readConfig reads a file, or standard input for "-".
func readConfig(s streams, path string) (*config.Config, error) {
	if path != "-" {
		return config.Load(path)
	}
	data, err := io.ReadAll(io.LimitReader(s.in, readLimit))
	if err != nil {
		return nil, fmt.Errorf("standard input: %w; pipe a TOML file into it", err)
	}
	return config.Parse("standard input", data)
}
