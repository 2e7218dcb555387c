package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

const goodConfig = "[[account]]\naor = \"sip:door@example.org\"\npassword = \"swordfish-77\"\n"

// intercom runs the program and returns what it wrote.
func intercom(t *testing.T, stdin string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(stdin), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "door.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCommandLine(t *testing.T) {
	for _, tt := range []struct {
		name      string
		args      []string
		code      int
		out, errs string // a part of it; "" = nothing at all
	}{
		{"nothing", nil, 2, "", "Usage:\n\n\tintercom COMMAND"},
		{"help", []string{"--help"}, 0, "\tcheck     validate a configuration", ""},
		{"help as a word", []string{"help"}, 0, "\tintercom check", ""},
		{"short help", []string{"-h"}, 0, "intercom COMMAND --help tells more", ""},
		{"help of a command", []string{"help", "check"}, 0, "usage: intercom check [FLAGS] FILE\n", ""},
		{"help at the command", []string{"check", "--help"}, 0, "\t--quiet\n\t\tdo not print the configuration\n", ""},
		{"help behind an argument", []string{"check", "x.toml", "-h"}, 0, "usage: intercom check", ""},
		{"help of version", []string{"version", "--help"}, 0, "usage: intercom version [FLAGS]\n", ""},
		{"help of help", []string{"help", "--help"}, 0, "Usage:\n\n\tintercom COMMAND", ""},
		{"unknown way of digits", []string{"demo", "--dtmf", "smoke"}, 2, "", `--dtmf "smoke" is unknown: choose rtp or info`},
		{"phone that is none", []string{"demo", "--phone", "desk"}, 2, "", `--phone "desk" is no SIP URI: write sip:you@192.0.2.20`},
		{"phone without a host", []string{"demo", "--phone", "sip:"}, 2, "", "is no SIP URI"},
		{"phone that cannot", []string{"demo", "--phone", "sip:a@192.0.2.20", "--wrong-code"}, 2, "", "leave them out, or --phone"},
		{"no flag twice in a usage", []string{"demo", "x"}, 2, "", "intercom demo: \"x\" is too much\nusage: intercom demo [FLAGS]\n"},
		{"help of nothing", []string{"help", "chekc"}, 2, "", `unknown command "chekc"; did you mean "check"?`},
		{"misspelt", []string{"vesrion"}, 2, "", `unknown command "vesrion"; did you mean "version"?`},
		{"unknown", []string{"frobnicate"}, 2, "", "unknown command \"frobnicate\"\nThe commands are run, demo, check, dns, version; see intercom --help.\n"},
		{"unknown flag", []string{"check", "--loud", "x"}, 2, "", "intercom check: flag provided but not defined: -loud\nusage: intercom check [FLAGS] FILE\n"},
		{"argument missing", []string{"check"}, 2, "", "intercom check: FILE is missing\nusage:"},
		{"argument too many", []string{"check", "a", "b"}, 2, "", `intercom check: "b" is too much`},
		{"argument for none", []string{"version", "a"}, 2, "", `intercom version: "a" is too much`},
		{"version", []string{"version"}, 0, runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH, ""},
		{"no file", []string{"check", "/nonexistent/door.toml"}, 1, "", "no such file or directory; give the path"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := intercom(t, "", tt.args...)
			if code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			wantPart(t, "standard output", out, tt.out)
			wantPart(t, "standard error", errs, tt.errs)
		})
	}
}

func wantPart(t *testing.T, where, got, want string) {
	t.Helper()
	if want == "" && got != "" || !strings.Contains(got, want) {
		t.Errorf("%s is\n%s\nwant\n%s", where, got, want)
	}
}

func TestCheckGood(t *testing.T) {
	code, out, errs := intercom(t, "", "check", file(t, goodConfig))
	if code != 0 || errs != "" {
		t.Errorf("exit code %d, faults %q", code, errs)
	}
	for _, want := range []string{"aor = \"sip:door@example.org\"", "ring_timeout = \"20s\"", "password = \"(set)\""} {
		wantPart(t, "standard output", out, want)
	}
	if strings.Contains(out, "swordfish") {
		t.Error("the password is printed")
	}
}

func TestCheckBad(t *testing.T) {
	path := file(t, "[station]\nnmae = \"x\"\n[calls]\nlimit = 3\n")
	code, out, errs := intercom(t, "", "check", path)
	if code != 1 || out != "" {
		t.Errorf("exit code %d, output %q", code, out)
	}
	wantPart(t, "standard error", errs, path+`:2:1: station.nmae: unknown key; did you mean "name"?`+"\n")
	wantPart(t, "standard error", errs, path+`:4:1: calls.limit: is the number 3 without a unit; write`)
	if got := strings.Count(errs, "\n"); got != 2 {
		t.Errorf("%d lines:\n%s", got, errs)
	}
}

func TestCheckWarnsAndMayBeStrict(t *testing.T) {
	path := file(t, "[board]\ncontrol = \"x\"\n")
	code, out, errs := intercom(t, "", "check", path)
	if code != 0 || out == "" {
		t.Errorf("exit code %d, output %q", code, out)
	}
	wantPart(t, "standard error", errs, "warning: "+path+":2:1: board.control: has no effect")
	if code, _, _ = intercom(t, "", "check", "--strict", path); code != 1 {
		t.Errorf("strict: exit code %d", code)
	}
}

func TestCheckStandardInput(t *testing.T) {
	code, out, errs := intercom(t, goodConfig, "check", "-")
	if code != 0 || !strings.Contains(out, "example.org") {
		t.Errorf("exit code %d, %s", code, errs)
	}
	code, _, errs = intercom(t, "x", "check", "-")
	if code != 1 || !strings.HasPrefix(errs, "standard input:1") {
		t.Errorf("exit code %d, %s", code, errs)
	}
	var out2, errs2 bytes.Buffer
	code = run(t.Context(), []string{"check", "-"}, iotest.ErrReader(errors.New("torn cable")), &out2, &errs2)
	if code != 1 || !strings.Contains(errs2.String(), "torn cable; pipe") {
		t.Errorf("exit code %d, %s", code, errs2.String())
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestCheckReportsFullDisk(t *testing.T) {
	var errs bytes.Buffer
	code := run(t.Context(), []string{"check", "-"}, strings.NewReader(goodConfig), fullDisk{}, &errs)
	if code != 1 || !strings.Contains(errs.String(), "disk full") {
		t.Errorf("exit code %d, %s", code, errs.String())
	}
}

func TestCheckQuiet(t *testing.T) {
	path := file(t, goodConfig)
	for _, args := range [][]string{{"check", "--quiet", path}, {"check", path, "--quiet"}, {"check", "-quiet=true", path}, {"check", "--quiet", "--", path}} {
		if code, out, errs := intercom(t, "", args...); code != 0 || out+errs != "" {
			t.Errorf("%v: exit code %d, output %q", args, code, out+errs)
		}
	}
}

func TestFlagsEndAtTwoDashes(t *testing.T) {
	flags := flag.NewFlagSet("x", flag.ContinueOnError)
	quiet := flags.Bool("quiet", false, "")
	words, err := parseFlags(flags, []string{"a", "--", "--quiet", "-"})
	if err != nil || *quiet || !slices.Equal(words, []string{"a", "--quiet", "-"}) {
		t.Errorf("words %q, quiet %v, %v", words, *quiet, err)
	}
}

// TestHelpOfAll holds that each command has a help with an example, and that its examples parse.
func TestHelpOfAll(t *testing.T) {
	for _, c := range commands() {
		if c.summary == "" || c.details == "" || len(c.examples) == 0 {
			t.Errorf("%s lacks a part of its help", c.name)
		}
		code, out, errs := intercom(t, "", c.name, "--help")
		if code != 0 || errs != "" || !strings.Contains(out, "Examples:\n\n\tintercom "+c.name) {
			t.Errorf("%s: exit code %d, %s%s", c.name, code, out, errs)
		}
		for _, e := range c.examples {
			line, _, _ := strings.Cut(e, "#")
			words := strings.Fields(line)
			flags, _ := c.flags()
			rest, err := parseFlags(flags, words[1:])
			if words[0] != c.name || err != nil || len(rest) < c.min || len(rest) > c.max {
				t.Errorf("the example %q does not work: %v", e, err)
			}
		}
	}
}

func TestDescribe(t *testing.T) {
	here := ", " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	full := &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef0123"}, {Key: "vcs.modified", Value: "true"}, {Key: "GOARM", Value: "6"}}}
	for _, tt := range []struct {
		release string
		build   *debug.BuildInfo
		want    string
	}{
		{"", nil, "intercom unknown" + here},
		{"v1.2.3", nil, "intercom v1.2.3" + here},
		{"v1.2.3", full, "intercom v1.2.3, commit 0123456789ab with changes" + here + "v6"},
		{"", full, "intercom (devel), commit 0123456789ab with changes" + here + "v6"},
		{"", &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "01"}, {Key: "vcs.modified", Value: "false"}}}, "intercom unknown, commit 01" + here},
	} {
		if got := describe(tt.release, tt.build); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
