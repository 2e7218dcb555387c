package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"

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

// Load reads the file at path and the password files it names. The error is of type Problems when the file could be
// read; the Config is nil then.
func Load(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w; give the path of a readable TOML file", err)
	}
	d, c := parse(path, data)
	d.passwordFiles(c, filepath.Dir(path))
	return d.result(c)
}

// Parse reads a configuration; name stands for the file in the problems. Password files are not read: the Password of
// such an account stays empty. The error is of type Problems; the Config is nil then.
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

// passwordFiles reads the passwords that stand in files of their own; their trailing line feeds do not count.
func (d *decoder) passwordFiles(c *Config, folder string) {
	for i := range c.Accounts {
		a := &c.Accounts[i]
		if a.PasswordFile == "" || a.Password.IsSet() {
			continue
		}
		key := fmt.Sprintf("account[%d].password_file", i)
		path := a.PasswordFile
		if !filepath.IsAbs(path) {
			path = filepath.Join(folder, path)
		}
		text, err := os.ReadFile(path)
		text = bytes.TrimRight(text, "\r\n")
		switch {
		case err != nil:
			d.problem(key, "cannot be read: "+reason(err), "write the password, and nothing else, into "+path)
		case len(text) == 0 || len(text) > 256 || slices.ContainsFunc(text, isControl):
			d.problem(key, "does not hold one line of 1 to 256 characters", "write the password, and nothing else, into "+path)
		default:
			a.Password = NewSecret(string(text))
		}
	}
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
