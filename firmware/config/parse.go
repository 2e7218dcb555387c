package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"

	"github.com/pelletier/go-toml/v2"
)

// maxSize bounds the file: a station's configuration is a few kilobytes.
const maxSize = 1 << 20

// Default returns the configuration of an empty file.
func Default() Config {
	var c Config
	setDefaults(reflect.ValueOf(&c).Elem())
	return c
}

// Load reads the file at path and the password and certificate files it names; paths in it are relative to its folder. The error is of type Problems when the file could be
// read; the Config is nil then.
func Load(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w; give the path of a readable TOML file", err)
	}
	d, c := parse(path, data)
	d.readFiles(c, filepath.Dir(path))
	return d.result(c)
}

// Parse reads a configuration; name stands for the file in the problems. The files it names are not read: the Password of
// an account with a password file stays empty, and TLS has neither Roots nor Certificate. The error is of type Problems; the Config is nil then.
func Parse(name string, data []byte) (*Config, error) {
	d, c := parse(name, data)
	return d.result(c)
}

// parse does all that needs no file: syntax, fields, the settings derived from others, and the checks between them.
func parse(name string, data []byte) (*decoder, *Config) {
	d, c := &decoder{file: name}, Default()
	tree := d.syntax(data)
	if tree == nil {
		return d, &c
	}
	d.places = locate(data)
	d.table("", reflect.ValueOf(&c).Elem(), tree)
	d.complete(&c)
	d.validate(&c)
	return d, &c
}

// syntax returns the file as generic values, or nil and a problem.
func (d *decoder) syntax(data []byte) map[string]any {
	if len(data) > maxSize {
		d.problem("", fmt.Sprintf("has %d bytes, more than %d", len(data), maxSize), "give a TOML file for this program")
		return nil
	}
	tree := map[string]any{}
	err := toml.Unmarshal(data, &tree)
	if err == nil {
		return tree
	}
	p := Problem{File: d.file, What: err.Error(), Cure: "the rest is checked when this is cured"}
	var syntax *toml.DecodeError
	if errors.As(err, &syntax) {
		p.Line, p.Column = syntax.Position()
		p.What = string(bytes.TrimPrefix([]byte(syntax.Error()), []byte("toml: ")))
	}
	d.problems = append(d.problems, p)
	return nil
}

// result ends a reading.
func (d *decoder) result(c *Config) (*Config, error) {
	d.problems.sort()
	d.warnings.sort()
	if len(d.problems) > 0 {
		return nil, d.problems
	}
	c.Warnings = d.warnings
	return c, nil
}

// reason strips the path, which stands in the cure, from a file's error.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// isControl finds what must not get into a header field: a line feed in a password would end it there.
func isControl(b byte) bool { return b < ' ' || b == 0x7f }
