package config

import (
	"bufio"
	"encoding"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Print writes the effective configuration as TOML: every setting with its default filled in, secrets as "(set)". The
// output is valid TOML and parses to the same Config once the secrets stand in it again; a secret that is not set is left out.
func Print(w io.Writer, c Config) error {
	p := printer{w: bufio.NewWriter(w)}
	p.table("", reflect.ValueOf(&c).Elem())
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	return nil
}

// printer keeps the first error of its writer.
type printer struct {
	w     *bufio.Writer
	below bool // something stands above
}

// header writes [path] or [[path]], with an empty line between sections.
func (p *printer) header(format, path string) {
	if p.below {
		fmt.Fprintln(p.w)
	}
	p.below = true
	fmt.Fprintf(p.w, format, path)
}

// table writes the plain settings first: in TOML, what follows a sub-table's header belongs to the sub-table.
func (p *printer) table(path string, t reflect.Value) {
	fields := fieldsOf(t)
	for _, f := range fields {
		if !isSection(f.value) {
			p.setting(f)
		}
	}
	for _, f := range fields {
		switch {
		case !isSection(f.value):
		case f.value.Kind() == reflect.Slice:
			for i := range f.value.Len() {
				p.header("[[%s]]\n", join(path, f.key))
				p.table(join(path, f.key), f.value.Index(i))
			}
		default:
			p.header("[%s]\n", join(path, f.key))
			p.table(join(path, f.key), f.value)
		}
	}
}

// isSection tells what has a header of its own.
func isSection(v reflect.Value) bool {
	if v.Kind() == reflect.Slice {
		return isTable(reflect.New(v.Type().Elem()).Elem())
	}
	return isTable(v)
}

// setting leaves out a secret that is not set: there is no value that would say so and parse.
func (p *printer) setting(f field) {
	if s, ok := f.value.Interface().(Secret); ok && !s.IsSet() {
		return
	}
	fmt.Fprintf(p.w, "%s = %s\n", f.key, literal(f.value))
}

// literal writes one value.
func literal(v reflect.Value) string {
	if v.Kind() == reflect.Slice {
		entries := make([]string, v.Len())
		for i := range entries {
			entries[i] = literal(v.Index(i))
		}
		return "[" + strings.Join(entries, ", ") + "]"
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		if err != nil {
			panic("BUG: a value that cannot be printed: " + err.Error())
		}
		return quote(string(text))
	}
	switch v.Kind() {
	case reflect.Int64:
		return quote(show(v))
	case reflect.String:
		return quote(v.String())
	default:
		return fmt.Sprint(v.Interface())
	}
}

// quote writes a basic string of TOML. Control characters cannot occur: the decoder refuses them.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
