package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// table is plain text: the first column to the left, the others to the right.
type table struct {
	title string
	rows  [][]string
}

func newTable(title string, columns ...string) *table { return &table{title, [][]string{columns}} }

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print(w io.Writer) {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	fmt.Fprintf(w, "\n%s\n\n", t.title)
	for _, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				line.WriteString(cell + pad)
			} else {
				line.WriteString("  " + pad + cell)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

func decimal(v float64, digits int) string { return strconv.FormatFloat(v, 'f', digits, 64) }

// bound is the side on which a target lies.
type bound bool

const (
	atLeast bound = false
	atMost  bound = true
)

// target is what is wanted of a figure. One that is held fails the whole run if it is missed; the others are aims,
// which are told and not hidden.
type target struct {
	what  string
	value float64
	bound bound
	limit float64
	held  bool
}

func (t target) met() bool {
	if t.bound == atMost {
		return t.value <= t.limit
	}
	return t.value >= t.limit // false for a figure that is not a number
}

func (t target) mark() string {
	switch {
	case t.met():
		return "PASS"
	case t.held:
		return "FAIL"
	}
	return "short"
}

// judgeTargets prints the targets and answers whether all held ones are met.
func judgeTargets(w io.Writer, targets []target) bool {
	t, good := newTable("Targets", "", "here", "wanted", ""), true
	for _, x := range targets {
		sign := ">="
		if x.bound == atMost {
			sign = "<="
		}
		t.row(x.what, decimal(x.value, 3), sign+" "+decimal(x.limit, 3), x.mark())
		good = good && (x.met() || !x.held)
	}
	t.print(w)
	return good
}
