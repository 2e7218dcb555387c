package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"intercom/sipua"
	"intercom/sipua/locate"
)

// explained is what is known of the servers of a URI.
type explained struct {
	locate.Result
	probes []sipua.Probed // nil when nobody was asked
}

// answered tells whether any server lives.
func (e explained) answered() bool {
	return slices.ContainsFunc(e.probes, func(p sipua.Probed) bool { return p.Err == nil })
}

func (e explained) write(w io.Writer, asJSON bool) error {
	if !asJSON {
		return e.writeText(w)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(e)
}

// writeText prints the reasoning, the servers and, one line each, what they answered.
func (e explained) writeText(w io.Writer) error {
	if err := e.Result.WriteText(w); err != nil || len(e.probes) == 0 {
		return err
	}
	var b bytes.Buffer
	b.WriteString("OPTIONS to each:\n")
	for i, p := range e.probes {
		fmt.Fprintf(&b, "%3d  %s %s: ", i+1, p.Target.Transport, p.Target.Addr)
		switch {
		case p.Err != nil:
			fmt.Fprintf(&b, "%v\n", p.Err)
		case p.Server == "":
			fmt.Fprintf(&b, "%d %s in %v\n", p.Status, visible(p.Reason), p.RoundTrip.Round(time.Microsecond))
		default:
			fmt.Fprintf(&b, "%d %s in %v, %s\n", p.Status, visible(p.Reason), p.RoundTrip.Round(time.Microsecond), visible(p.Server))
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// visible keeps a server's words from playing with the terminal.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '.'
		}
		return r
	}, s)
}

// MarshalJSON is the result's form, with the probes behind it.
func (e explained) MarshalJSON() ([]byte, error) {
	result, err := json.Marshal(e.Result)
	if err != nil || e.probes == nil {
		return result, err
	}
	type form struct {
		Target  locate.Target `json:"target"`
		Status  int           `json:"status,omitempty"`
		Reason  string        `json:"reason,omitempty"`
		Server  string        `json:"server,omitempty"`
		Seconds float64       `json:"seconds,omitempty"` // of the round trip
		Error   string        `json:"error,omitempty"`
	}
	forms := []form{}
	for _, p := range e.probes {
		f := form{Target: p.Target, Status: p.Status, Reason: p.Reason, Server: p.Server, Seconds: p.RoundTrip.Seconds()}
		if p.Err != nil {
			f.Error = p.Err.Error()
		}
		forms = append(forms, f)
	}
	probes, err := json.Marshal(forms)
	return slices.Concat(bytes.TrimSuffix(result, []byte("}")), []byte(`,"probes":`), probes, []byte("}")), err
}
