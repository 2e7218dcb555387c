package main

import (
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The plan of the house, held as tests: which package may import which, where clocks are read, how long a function and
// a file may be. A change that fights this table changes the table in one deliberate step, with the doc.go it concerns.

const root = "../.."

// importRules names, per tree, what its packages may import of the module besides their own tree.
var importRules = map[string][]string{
	"audio":    {},
	"hal":      {},
	"sipua":    {},
	"firmware": {"audio", "hal", "sipua"},
	"cmd":      {"firmware", "sipua"}, // dns and traces speak of messages and servers, without a door around them
}

// thirdParty names the one package that may import each library, so that it can be replaced in one place.
var thirdParty = map[string]string{
	"periph.io/x/":                      "hal/rpi",
	"github.com/warthog618/go-gpiocdev": "hal/rpi",
	"github.com/pion/":                  "audio/stream",
	"github.com/thesyncim/gopus":        "audio/opus",
	"github.com/miekg/dns":              "sipua/locate",
	"github.com/pelletier/go-toml":      "firmware/config",
	"github.com/vishvananda/netlink":    "firmware",
	"golang.org/x/term":                 "cmd/intercom",
}

// pure packages hold values, formats and state machines: they reach for no clock, socket, file or goroutine.
var pure = []string{
	"sipua/sip", "sipua/sdp", "sipua/digest", "sipua/internal/transaction", "hal/internal/debounce",
	"audio/g711", "audio/g722", "audio/opus", "audio/jitter", "audio/conceal", "audio/echo", "audio/noise", "audio/gain",
	"audio/resample", "audio/tone", "audio/dtmf",
}

// harness packages are used by tests and measurements alone: they may read the clock, which under testing/synctest is theirs to move.
var harness = []string{"hal/haltest", "hal/internal/alsatest", "sipua/simnet", "sipua/siptest", "sipua/bench"}

type source struct {
	path  string // from the root, with slashes
	dir   string
	text  string
	file  *ast.File
	fset  *token.FileSet
	tests bool
}

func (s source) line(n ast.Node) int { return s.fset.Position(n.Pos()).Line }

// sources parses every Go file of the main module.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipped(path, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(path, ".go") {
			all = append(all, parse(t, path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 3 {
		t.Fatalf("found %d Go files below %s: is the tree complete?", len(all), root)
	}
	return all
}

// skipped leaves out dot-folders, test data and modules of their own.
func skipped(path, name string) bool {
	if path == root {
		return false
	}
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil || strings.HasPrefix(name, ".") || name == "testdata"
}

func parse(t *testing.T, path string) source {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	rel, err := filepath.Rel(root, path)
	if err != nil {
		t.Fatal(err)
	}
	rel = filepath.ToSlash(rel)
	return source{rel, filepath.ToSlash(filepath.Dir(rel)), string(text), file, fset, strings.HasSuffix(rel, "_test.go")}
}

func within(dir, tree string) bool { return dir == tree || strings.HasPrefix(dir, tree+"/") }

func TestImports(t *testing.T) {
	for _, s := range sources(t) {
		for _, im := range s.file.Imports {
			path := strings.Trim(im.Path.Value, `"`)
			if own, ok := strings.CutPrefix(path, "intercom/"); ok {
				checkOwnImport(t, s, own)
			} else if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
				checkLibrary(t, s, path)
			}
		}
	}
}

func checkOwnImport(t *testing.T, s source, own string) {
	t.Helper()
	tree, _, _ := strings.Cut(s.dir, "/")
	if within(own, tree) {
		return
	}
	for _, may := range importRules[tree] {
		if within(own, may) {
			return
		}
	}
	t.Errorf("%s imports intercom/%s: packages of %s may import %v", s.path, own, tree, importRules[tree])
}

func checkLibrary(t *testing.T, s source, path string) {
	t.Helper()
	for prefix, owner := range thirdParty {
		if strings.HasPrefix(path, prefix) && s.dir != owner && !(s.tests && within(s.dir, owner)) {
			t.Errorf("%s imports %s, which is %s's alone", s.path, path, owner)
		}
	}
	if within(s.dir, "hal") && s.dir == "hal" && !s.tests {
		t.Errorf("%s imports %s: package hal stands on the standard library alone", s.path, path)
	}
}

func TestPure(t *testing.T) {
	forbidden := []string{"net", "os", "os/exec", "log", "syscall", "net/http"}
	for _, s := range sources(t) {
		if s.tests || !slices.Contains(pure, s.dir) {
			continue
		}
		for _, im := range s.file.Imports {
			if path := strings.Trim(im.Path.Value, `"`); slices.Contains(forbidden, path) {
				t.Errorf("%s imports %s: the package is pure", s.path, path)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if g, ok := n.(*ast.GoStmt); ok {
				t.Errorf("%s:%d starts a goroutine: the package is pure", s.path, s.line(g))
			}
			return true
		})
	}
}

// TestManner holds the figures of the house: no function above 80 lines (a flat switch may reach 100), no file above
// 450, no init, every exported name documented, a doc.go in every package, gofmt.
func TestManner(t *testing.T) {
	docs := map[string]bool{}
	for _, s := range sources(t) {
		checkFormat(t, s)
		if s.tests {
			continue
		}
		docs[s.dir] = docs[s.dir] || strings.HasSuffix(s.path, "/doc.go")
		if n := strings.Count(s.text, "\n"); n > 450 {
			t.Errorf("%s has %d lines: split it by verb, 450 is the limit", s.path, n)
		}
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				checkFunction(t, s, f)
			}
		}
	}
	for dir, has := range docs {
		if !has {
			t.Errorf("package %s has no doc.go: say usage, ownership and limitations there", dir)
		}
	}
}

func checkFormat(t *testing.T, s source) {
	t.Helper()
	want, err := format.Source([]byte(s.text))
	if err != nil || string(want) != s.text {
		t.Errorf("%s is not gofmt'd", s.path)
	}
	if strings.Contains(s.text, "../"+"shared") {
		t.Errorf("%s refers to a folder outside the project", s.path)
	}
}

func checkFunction(t *testing.T, s source, f *ast.FuncDecl) {
	t.Helper()
	if n := s.fset.Position(f.End()).Line - s.line(f) + 1; n > 100 {
		t.Errorf("%s:%d %s has %d lines: 80 is the limit, 100 for a flat switch", s.path, s.line(f), f.Name.Name, n)
	}
	if f.Name.Name == "init" && f.Recv == nil {
		t.Errorf("%s:%d has an init function: let a constructor do it", s.path, s.line(f))
	}
	if f.Recv == nil && f.Name.IsExported() && f.Doc == nil {
		t.Errorf("%s:%d %s is exported without a doc comment", s.path, s.line(f), f.Name.Name)
	}
}

// TestClocks holds the budget of clock readings: each loop reads the clock once per event and passes it down.
func TestClocks(t *testing.T) {
	var places []string
	for _, s := range sources(t) {
		if s.tests || slices.Contains(harness, s.dir) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if c, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := c.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until"}, c.Sel.Name) {
					places = append(places, s.path)
				}
			}
			return true
		})
	}
	if len(places) > 10 {
		t.Errorf("the clock is read in %d places, 10 is the budget: pass now down instead\n%s", len(places), strings.Join(places, "\n"))
	}
}

// TestSurface holds the surface of the user agent below what a reader can keep in mind: what it can do is in its
// events and its Config, not in a hundred methods.
func TestSurface(t *testing.T) {
	var names []string
	for _, s := range sources(t) {
		if s.dir != "sipua" || s.tests {
			continue
		}
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.IsExported() && !strings.HasPrefix(receiver(f), "unexported ") {
				names = append(names, receiver(f)+f.Name.Name)
			}
		}
	}
	if len(names) < 10 || len(names) >= 60 {
		t.Errorf("package sipua exports %d functions and methods, 59 is the limit:\n%s", len(names), strings.Join(names, "\n"))
	}
	t.Logf("%d functions and methods: %s", len(names), strings.Join(names, ", "))
}

// receiver is the type of a method with a dot, "" for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	kind := f.Recv.List[0].Type
	if p, ok := kind.(*ast.StarExpr); ok {
		kind = p.X
	}
	name := kind.(*ast.Ident).Name
	if !ast.IsExported(name) {
		return "unexported " + name + "."
	}
	return name + "."
}

// TestTopLevel keeps the top of the tree to what a newcomer expects there.
func TestTopLevel(t *testing.T) {
	allowed := []string{"cmd", "firmware", "hal", "sipua", "audio", "buildroot", "go.mod", "go.sum", "Makefile", "README.md", "LICENSE", "bin"}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s does not belong at the top level", e.Name())
		}
	}
}
