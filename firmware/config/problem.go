package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxProblems bounds the list of a hopeless file.
const maxProblems = 100

// Problem is one finding in a configuration file.
type Problem struct {
	File   string // as given to Parse or Load
	Line   int    // from 1; 0 when the finding is about the whole file
	Column int    // from 1, in bytes; 0 when unknown
	Key    string // path of the setting, such as button[0].targets[1]; the first of a list is 0
	What   string // what is wrong
	Cure   string // what to write instead
}

// Error returns "file:line:column: key: what; cure".
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
		if p.Column > 0 {
			fmt.Fprintf(&b, ":%d", p.Column)
		}
	}
	b.WriteString(": ")
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.What)
	if p.Cure != "" {
		b.WriteString("; " + p.Cure)
	}
	return b.String()
}

// Problems is every finding of one file, in the order of its lines. Parse and Load return it as their error.
type Problems []Problem

// Error returns one line per problem.
func (ps Problems) Error() string {
	lines := make([]string, 0, len(ps))
	for i, p := range ps {
		if i == maxProblems {
			lines = append(lines, fmt.Sprintf("%s: and %d more problems", p.File, len(ps)-i))
			break
		}
		lines = append(lines, p.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find a single Problem.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

// sort puts findings in the order in which a person goes through the file.
func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
