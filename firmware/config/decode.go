package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// decoder carries one reading of a file and its findings.
type decoder struct {
	file     string
	places   positions
	problems Problems
	warnings Problems
}

// wrong is a finding before its place is known.
type wrong struct{ what, cure string }

// finding gives a finding its place. What is missing has the place of the table it is missing from.
func (d *decoder) finding(key, what, cure string) Problem {
	at := d.places.at(key)
	return Problem{d.file, at.line, at.column, key, what, cure}
}

// problem notes a finding. A second one at the same key would follow from the first, and is dropped.
func (d *decoder) problem(key, what, cure string) {
	for _, p := range d.problems {
		if p.Key == key && key != "" {
			return
		}
	}
	d.problems = append(d.problems, d.finding(key, what, cure))
}

// warn notes what does not keep the station from running.
func (d *decoder) warn(key, what, cure string) {
	d.warnings = append(d.warnings, d.finding(key, what, cure))
}

// table assigns the keys of src to the fields of dst, which holds the defaults.
func (d *decoder) table(path string, dst reflect.Value, src map[string]any) {
	fields := fieldsOf(dst)
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.key
		v, ok := src[f.key]
		switch {
		case ok:
			d.assign(join(path, f.key), f, v)
		case f.required:
			d.problem(join(path, f.key), "is missing", "write "+f.key+" = "+example(f.value))
		}
	}
	for key := range src {
		if !slices.Contains(known, key) {
			d.unknown(path, key, known)
		}
	}
}

// unknown reports a key that no setting has, with the one that was probably meant: of this table, or of another.
func (d *decoder) unknown(path, key string, known []string) {
	cure := "known here are " + strings.Join(known, ", ")
	if best := Suggest(key, known); best != "" {
		cure = "did you mean " + strconv.Quote(best) + "?"
	} else if home := sectionOf(key); home != "" {
		cure = "it belongs to [" + home + "]"
	}
	d.problem(join(path, key), "unknown key", cure)
}

// sectionOf returns the section of the file that has a setting of this very name.
func sectionOf(key string) string {
	c := Default()
	for _, section := range fieldsOf(reflect.ValueOf(&c).Elem()) {
		table := section.value
		if table.Kind() == reflect.Slice {
			table = reflect.New(table.Type().Elem()).Elem()
		}
		for _, f := range fieldsOf(table) {
			if f.key == key {
				return section.key
			}
		}
	}
	return ""
}

// assign gives one setting its value from the file.
func (d *decoder) assign(path string, f field, src any) {
	switch {
	case f.value.Kind() == reflect.Slice:
		d.list(path, f, src)
	case isTable(f.value):
		if t, ok := src.(map[string]any); ok {
			d.table(path, f.value, t)
			return
		}
		d.problem(path, "is "+kindOf(src)+", but it is a section", "write ["+f.key+"] with single brackets")
	default:
		d.scalar(path, f, src)
	}
}

// scalar assigns a single value. A wrong one leaves the default in place, so that the checks between settings do not report
// what only follows from it.
func (d *decoder) scalar(path string, f field, src any) {
	before := reflect.New(f.value.Type()).Elem()
	before.Set(f.value)
	w := setScalar(f.value, src)
	if w == nil {
		w = checkTags(f)
	}
	if w != nil {
		f.value.Set(before) // later checks see a value that is possible
		d.problem(path, w.what, w.cure)
	}
}

// list replaces the default list. A list of tables is written as [[name]] sections.
func (d *decoder) list(path string, f field, src any) {
	entries, ok := src.([]any)
	proto := reflect.New(f.value.Type().Elem()).Elem()
	if !ok {
		cure := "write a list, such as [" + example(proto) + "]"
		if isTable(proto) {
			cure = "write [[" + path + "]] with double brackets"
		}
		d.problem(path, "is "+kindOf(src)+", but there may be several", cure)
		return
	}
	if most, err := strconv.Atoi(f.tag.Get("max")); err == nil && len(entries) > most {
		d.problem(path, fmt.Sprintf("has %d entries", len(entries)), fmt.Sprintf("write at most %d", most))
		entries = entries[:most]
	}
	f.value.Set(reflect.MakeSlice(f.value.Type(), len(entries), len(entries)))
	for i, e := range entries {
		v := f.value.Index(i)
		if isTable(v) {
			setDefaults(v)
		}
		d.assign(fmt.Sprintf("%s[%d]", path, i), field{key: f.key, value: v}, e)
	}
}

// setScalar converts a generic value of the file to a single setting.
func setScalar(dst reflect.Value, src any) *wrong {
	if dst.Type() == reflect.TypeFor[time.Duration]() {
		return setDuration(dst, src)
	}
	mismatch := &wrong{"is " + kindOf(src), "write " + example(dst)}
	if dst.Type() == reflect.TypeFor[Secret]() {
		mismatch.what = "is no text in quotes" // without the value
	}
	switch dst.Kind() {
	case reflect.Bool:
		b, ok := src.(bool)
		if !ok {
			return mismatch
		}
		dst.SetBool(b)
	case reflect.Int:
		n, ok := src.(int64)
		if !ok {
			return mismatch
		}
		dst.SetInt(n)
	default:
		text, ok := src.(string)
		if !ok {
			return mismatch
		}
		return setText(dst, text)
	}
	return nil
}

// setDuration refuses bare numbers: nobody can tell seconds from milliseconds by looking at one.
func setDuration(dst reflect.Value, src any) *wrong {
	text, ok := src.(string)
	if !ok {
		return &wrong{"is " + kindOf(src) + " without a unit", `write a text with a unit, such as "3s" or "300ms"`}
	}
	length, err := time.ParseDuration(text)
	if err != nil {
		return &wrong{fmt.Sprintf("%q is no duration", text), `write a number and a unit, such as "3s" or "300ms"`}
	}
	dst.SetInt(int64(length))
	return nil
}

// setText converts what the file writes in quotes. A secret's text must not appear in the finding.
func setText(dst reflect.Value, text string) *wrong {
	if len(text) > 256 || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return &wrong{"is longer than 256 bytes or holds control characters", "write one short line"}
	}
	switch v := dst.Addr().Interface().(type) {
	case *Secret:
		if text == redacted {
			return &wrong{`is "(set)", which the print of a configuration shows in place of a secret`, "write the secret itself"}
		}
		*v = NewSecret(text)
	case encoding.TextUnmarshaler:
		if err := v.UnmarshalText([]byte(text)); err != nil {
			what, cure, _ := strings.Cut(err.Error(), "; ")
			return &wrong{what, cure}
		}
	default:
		if e, ok := dst.Interface().(enum); ok && !slices.Contains(e.values(), text) {
			return &wrong{fmt.Sprintf("is %q", text), oneOf(text, e.values())}
		}
		dst.SetString(text)
	}
	return nil
}

// oneOf is the cure of a wrong choice.
func oneOf(text string, choices []string) string {
	quoted := make([]string, len(choices))
	for i, c := range choices {
		quoted[i] = strconv.Quote(c)
	}
	cure := "write one of " + strings.Join(quoted, ", ")
	if best := Suggest(text, choices); best != "" {
		cure = "did you mean " + strconv.Quote(best) + "? " + cure
	}
	return cure
}

// kindOf names the type of a generic value in the words of TOML.
func kindOf(src any) string {
	switch v := src.(type) {
	case string:
		return "a text in quotes"
	case int64:
		return fmt.Sprintf("the number %d", v)
	case float64:
		return fmt.Sprintf("the number %v", v)
	case bool:
		return fmt.Sprintf("the word %v", v)
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	default:
		return "a date or time"
	}
}

// example writes a value of dst's type as the file would.
func example(dst reflect.Value) string {
	switch dst.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a number, such as 17"
	case reflect.Int64:
		return `a duration, such as "3s"`
	default:
		if e, ok := dst.Interface().(enum); ok {
			return strconv.Quote(e.values()[0])
		}
		return `"..."`
	}
}
