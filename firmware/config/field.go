package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// field is one setting: a field of a struct with its tags.
type field struct {
	key      string
	required bool
	tag      reflect.StructTag
	value    reflect.Value
}

// fieldsOf lists the settings of a struct, those of embedded structs in their place.
func fieldsOf(table reflect.Value) []field {
	var list []field
	for i := range table.NumField() {
		f := table.Type().Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("toml"), ",")
		switch {
		case f.Anonymous:
			list = append(list, fieldsOf(table.Field(i))...)
		case name != "-":
			list = append(list, field{name, option == "required", f.Tag, table.Field(i)})
		}
	}
	return list
}

// isTable tells a struct that is a table of the file from one that is a single value.
func isTable(v reflect.Value) bool {
	if v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[Secret]() {
		return false
	}
	_, leaf := v.Addr().Interface().(encoding.TextUnmarshaler)
	return !leaf
}

// setDefaults fills a struct from its tags.
func setDefaults(table reflect.Value) {
	for _, f := range fieldsOf(table) {
		text, ok := f.tag.Lookup("default")
		switch {
		case isTable(f.value):
			setDefaults(f.value)
		case !ok:
		case f.value.Kind() == reflect.Slice:
			for _, entry := range strings.Split(text, ",") {
				v := reflect.New(f.value.Type().Elem()).Elem()
				setDefault(f, v, entry)
				f.value.Set(reflect.Append(f.value, v))
			}
		default:
			setDefault(f, f.value, text)
		}
	}
}

// setDefault takes the same way as a value of the file, so that a default the file could not have is found by any test.
func setDefault(f field, v reflect.Value, text string) {
	if wrong := setScalar(v, fromTag(v, text)); wrong != nil {
		panic(fmt.Sprintf("BUG: the default %q of %s: %s", text, f.key, wrong.what))
	}
}

// fromTag gives a tag's text the type that the file's generic value would have.
func fromTag(v reflect.Value, text string) any {
	switch {
	case v.Type() == reflect.TypeFor[time.Duration]():
		return text
	case v.Kind() == reflect.Bool:
		return text == "true"
	case v.Kind() == reflect.Int:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			panic("BUG: no number in a tag: " + text)
		}
		return n
	default:
		return text
	}
}

// number returns the size of a value that has one: an integer or a duration.
func number(v reflect.Value) (int64, bool) {
	if v.Kind() == reflect.Int || v.Kind() == reflect.Int64 {
		return v.Int(), true
	}
	return 0, false
}

// tagNumber reads a bound of a tag in the type of v.
func tagNumber(v reflect.Value, text string) int64 {
	bound := reflect.New(v.Type()).Elem()
	if wrong := setScalar(bound, fromTag(bound, text)); wrong != nil {
		panic("BUG: the bound " + text + ": " + wrong.what)
	}
	n, _ := number(bound)
	return n
}

// checkTags compares a value with its field's range and oneof tags.
func checkTags(f field) *wrong {
	n, ok := number(f.value)
	if !ok {
		return nil
	}
	if text, ok := f.tag.Lookup("range"); ok {
		low, high, _ := strings.Cut(text, "..")
		if n < tagNumber(f.value, low) || n > tagNumber(f.value, high) {
			return &wrong{"is " + show(f.value), "write a value from " + low + " to " + high}
		}
	}
	if text, ok := f.tag.Lookup("oneof"); ok {
		for choice := range strings.FieldsSeq(text) {
			if n == tagNumber(f.value, choice) {
				return nil
			}
		}
		return &wrong{"is " + show(f.value), "write one of " + strings.Join(strings.Fields(text), ", ")}
	}
	return nil
}

// show writes a number as the file does.
func show(v reflect.Value) string {
	if d, ok := v.Interface().(time.Duration); ok {
		return formatDuration(d)
	}
	return fmt.Sprint(v.Interface())
}

// formatDuration is Duration.String without the zero parts: "3m", not "3m0s".
func formatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
