package config

import (
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// position is a place in the file, both from 1.
type position struct{ line, column int }

// positions finds the place of a setting by its path ("button[0].targets[1]").
type positions map[string]position

// at returns the place of path or of the nearest thing around it that stands in the file: a missing key has
// the place of its table.
func (ps positions) at(path string) position {
	for {
		if p, ok := ps[path]; ok {
			return p
		}
		end := strings.LastIndexAny(path, ".[")
		if end < 0 {
			return position{}
		}
		path = path[:end]
	}
}

// has tells whether the file itself sets path.
func (ps positions) has(path string) bool { _, ok := ps[path]; return ok }

// locator walks the syntax tree of a file that is known to be valid.
type locator struct {
	parser unstable.Parser
	found  positions
	counts map[string]int // entries of each array of tables so far
	table  string         // path of the table whose keys are being read
}

// locate returns the places of all keys and list entries of data, which must be valid TOML.
func locate(data []byte) positions {
	l := locator{found: positions{}, counts: map[string]int{}}
	l.parser.Reset(data)
	for l.parser.NextExpression() {
		switch e := l.parser.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			l.table = l.header(e)
		case unstable.KeyValue:
			l.keyValue(l.table, e)
		}
	}
	return l.found
}

// header returns the path of a [table] or [[table]]; a name that stands for a list means its last entry.
func (l *locator) header(e *unstable.Node) string {
	path := ""
	for keys := e.Key(); keys.Next(); {
		path = join(path, string(keys.Node().Data))
		last := keys.IsLast() && e.Kind == unstable.ArrayTable
		l.mark(path, keys.Node())
		if last {
			l.counts[path]++
		}
		if n := l.counts[path]; n > 0 {
			path = fmt.Sprintf("%s[%d]", path, n-1)
			l.mark(path, keys.Node())
		}
	}
	return path
}

// keyValue notes a key, and every part of a dotted one.
func (l *locator) keyValue(path string, e *unstable.Node) {
	var key *unstable.Node
	for keys := e.Key(); keys.Next(); {
		key = keys.Node()
		path = join(path, string(key.Data))
		l.mark(path, key)
	}
	l.value(path, e.Value())
}

// value goes into lists and inline tables. Comments between the entries of a list are nodes too and do not count.
func (l *locator) value(path string, e *unstable.Node) {
	switch e.Kind {
	case unstable.InlineTable:
		for kids := e.Children(); kids.Next(); {
			l.keyValue(path, kids.Node())
		}
	case unstable.Array:
		index := 0
		for kids := e.Children(); kids.Next(); {
			if kids.Node().Kind == unstable.Comment {
				continue
			}
			entry := fmt.Sprintf("%s[%d]", path, index)
			l.mark(entry, kids.Node())
			l.value(entry, kids.Node())
			index++
		}
	}
}

// mark notes the first place of path, if the library kept it.
func (l *locator) mark(path string, n *unstable.Node) {
	if _, ok := l.found[path]; ok || n.Raw.Length == 0 {
		return
	}
	start := l.parser.Shape(n.Raw).Start
	l.found[path] = position{start.Line, start.Column}
}

// join appends a key to the path of its table.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
