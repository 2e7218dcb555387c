package demo

import (
	"encoding/json"
	"fmt"
	"io"
)

// printer writes one line per fact.
type printer struct {
	out  io.Writer
	json bool
}

// line is a fact as JSON.
type fact struct {
	Fact   string `json:"fact"`
	Proven bool   `json:"proven"`
	Detail string `json:"detail"`
}

func (p printer) print(name string, proven bool, detail string) {
	if p.json {
		b, err := json.Marshal(fact{name, proven, detail})
		if err != nil {
			panic("BUG: a fact that is no JSON: " + err.Error())
		}
		fmt.Fprintf(p.out, "%s\n", b)
		return
	}
	mark := "ok  "
	if !proven {
		mark = "FAIL"
	}
	fmt.Fprintf(p.out, "%s %-18s %s\n", mark, name, detail)
}
