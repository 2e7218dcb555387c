package main

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// gate is a reader of the log that reads nothing until it is opened.
type gate struct {
	open chan struct{}
	text strings.Builder
}

func (g *gate) Write(b []byte) (int, error) {
	<-g.open
	return g.text.Write(b)
}

func TestLogKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		p := newPatient(g)
		began := time.Now()
		fmt.Fprintln(p, "line 0")
		synctest.Wait() // it is being written, and takes no room
		for i := range waitingLines + 5 {
			fmt.Fprintf(p, "line %d\n", i+1)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("writing took %v", took)
		}
		close(g.open)
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		fmt.Fprintln(p, "too late")
		text := g.text.String()
		if !strings.HasPrefix(text, "line 0\n5 lines of the log are lost, for nobody read it\nline 1\nline 2\n") ||
			!strings.HasSuffix(text, fmt.Sprintf("line %d\n", waitingLines)) {
			t.Errorf("the log begins with %.90q and ends with %q", text, text[len(text)-30:])
		}
	})
}

func TestLogThatIsNeverRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		p := newPatient(g)
		fmt.Fprintln(p, "line")
		began := time.Now()
		if err := p.Close(); err == nil || time.Since(began) != lastLines {
			t.Errorf("after %v: %v, want an error after %v", time.Since(began), err, lastLines)
		}
		close(g.open)
	})
}
