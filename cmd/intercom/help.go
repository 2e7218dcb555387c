package main

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

// help is what the program says about itself.
func help(w io.Writer) {
	fmt.Fprint(w, "intercom is the firmware of a SIP door station.\n\nUsage:\n\n\tintercom COMMAND [FLAGS] [ARGUMENTS]\n\nCommands:\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "\t%-10s%s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\nExamples:\n\n")
	for _, c := range commands() {
		c.writeExamples(w)
	}
	fmt.Fprint(w, "\nintercom COMMAND --help tells more about a command.\n")
}

// usage is the line that stands below every complaint about the arguments.
func (c command) usage() string {
	return strings.TrimRight("usage: intercom "+c.name+" [FLAGS] "+c.args, " ")
}

// help is the page of one command. The flags come from the parser, so that none can be forgotten here.
func (c command) help(w io.Writer, flags *flag.FlagSet) {
	fmt.Fprintf(w, "%s\n\n%s\n", c.usage(), c.details)
	first := true
	flags.VisitAll(func(f *flag.Flag) {
		if first {
			fmt.Fprint(w, "\nFlags:\n\n")
			first = false
		}
		writeFlag(w, f)
	})
	if len(c.examples) > 0 {
		fmt.Fprint(w, "\nExamples:\n\n")
		c.writeExamples(w)
	}
}

// writeExamples writes lines that can be copied into a shell; a test holds that they parse.
func (c command) writeExamples(w io.Writer) {
	for _, e := range c.examples {
		fmt.Fprintf(w, "\tintercom %s\n", e)
	}
}

// writeFlag shows flags with two dashes, as most programs do; the parser takes one as well.
func writeFlag(w io.Writer, f *flag.Flag) {
	value, usage := flag.UnquoteUsage(f)
	if value != "" {
		value = " " + strings.ToUpper(value)
	}
	fmt.Fprintf(w, "\t--%s%s\n\t\t%s", f.Name, value, usage)
	if f.DefValue != "" && f.DefValue != "false" {
		fmt.Fprintf(w, " (unless given: %s)", f.DefValue)
	}
	fmt.Fprintln(w)
}
