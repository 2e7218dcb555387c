package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"intercom/firmware/config"
)

// What the program exits with.
const (
	exitOK    = 0
	exitFault = 1 // the command did not succeed
	exitUsage = 2 // it was called wrongly, and did nothing
)

// streams is where a command reads and writes. Results go to out, remarks and faults to err.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// command is one verb of the program. Its flags are declared and its arguments handled by setup's result, so that the help and
// the parser cannot disagree.
type command struct {
	name     string
	args     string   // of the usage line, such as "FILE"
	summary  string   // one line of the program's help
	details  string   // a paragraph of the command's help
	examples []string // what follows the program's name, and may end in "# a remark"
	min, max int      // number of arguments

	// setup declares the flags and returns what to do when they are parsed.
	setup func(flags *flag.FlagSet) action
}

// action does a command's work and returns the program's exit code.
type action func(ctx context.Context, s streams, args []string) int

// commands lists the verbs in the order of the help.
func commands() []command {
	return []command{runCommand(), demoCommand(), checkCommand(), dnsCommand(), versionCommand()}
}

// run is the program without its process: it touches nothing but its arguments, and files that these name.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s := streams{stdin, stdout, stderr}
	if len(args) == 0 {
		help(s.err)
		return exitUsage
	}
	if isHelp(args[0]) {
		return runHelp(s, args[1:])
	}
	c, ok := find(args[0])
	if !ok {
		return unknown(s, args[0])
	}
	return c.run(ctx, s, args[1:])
}

// isHelp accepts the three ways people ask.
func isHelp(arg string) bool {
	return slices.Contains([]string{"help", "-h", "-help", "--help"}, arg)
}

// find returns the command of that very name: an abbreviation that works today is ambiguous tomorrow.
func find(name string) (command, bool) {
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		return command{}, false
	}
	return all[i], true
}

// runHelp is `intercom help [COMMAND]`.
func runHelp(s streams, args []string) int {
	if len(args) == 0 || isHelp(args[0]) {
		help(s.out)
		return exitOK
	}
	c, ok := find(args[0])
	if !ok {
		return unknown(s, args[0])
	}
	flags, _ := c.flags()
	c.help(s.out, flags)
	return exitOK
}

// unknown is the answer to a verb that does not exist.
func unknown(s streams, name string) int {
	all := commands()
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.name
	}
	fmt.Fprintf(s.err, "intercom: unknown command %q", name)
	if best := config.Suggest(name, names); best != "" {
		fmt.Fprintf(s.err, "; did you mean %q?", best)
	}
	fmt.Fprintf(s.err, "\nThe commands are %s; see intercom --help.\n", strings.Join(names, ", "))
	return exitUsage
}

// flags returns the command's flag set, silent: what it has to say is said by run.
func (c command) flags() (*flag.FlagSet, action) {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	return flags, c.setup(flags)
}

// run parses and counts the arguments before the command does anything: a command that is called wrongly has no effect.
func (c command) run(ctx context.Context, s streams, args []string) int {
	flags, act := c.flags()
	words, err := parseFlags(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		c.help(s.out, flags)
		return exitOK
	case err != nil:
		fmt.Fprintf(s.err, "intercom %s: %v\n%s\n", c.name, err, c.usage())
		return exitUsage
	case len(words) < c.min:
		fmt.Fprintf(s.err, "intercom %s: %s is missing\n%s\n", c.name, c.args, c.usage())
		return exitUsage
	case len(words) > c.max:
		fmt.Fprintf(s.err, "intercom %s: %q is too much\n%s\n", c.name, words[c.max], c.usage())
		return exitUsage
	}
	return act(ctx, s, words)
}

// parseFlags takes flags before, between and behind the other words, as people write them; "--" ends them.
func parseFlags(flags *flag.FlagSet, args []string) (words []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		rest := flags.Args()
		ended := len(args) > len(rest) && args[len(args)-len(rest)-1] == "--"
		if len(rest) == 0 || ended {
			return append(words, rest...), nil
		}
		words, args = append(words, rest[0]), rest[1:]
	}
}
