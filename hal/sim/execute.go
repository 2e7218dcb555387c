package sim

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// defaultPress is a deliberate finger.
const defaultPress = 200 * time.Millisecond

// maxSpan bounds every time in a command: a script is no calendar.
const maxSpan = 24 * time.Hour

// A verb is one word of the command language.
type verb struct {
	usage string
	least int // words after the verb
	most  int
	do    func(ctx context.Context, b *Board, words []string) (string, error)
}

const expectUsage = "expect relay|lamp|button|input NAME STATE [within TIME]"

// verbs is the language of the scripts, the control socket and the terminal.
var verbs = map[string]verb{
	"press":  {"press NAME [TIME]", 1, 2, timed((*Board).Press, defaultPress)},
	"bounce": {"bounce NAME [TIME]", 1, 2, timed((*Board).Bounce, defaultPress)},
	"glitch": {"glitch NAME [TIME]", 1, 2, timed((*Board).Glitch, 2*time.Millisecond)},
	"down":   {"down NAME", 1, 1, plain((*Board).Down)},
	"up":     {"up NAME", 1, 1, plain((*Board).Up)},
	"toggle": {"toggle NAME", 1, 1, plain((*Board).Toggle)},
	"input":  {"input NAME on|off", 2, 2, setInput},
	"wait":   {"wait TIME", 1, 1, wait},
	"relay":  {"relay NAME?", 1, 1, query("relay")},
	"lamp":   {"lamp NAME?", 1, 1, query("lamp")},
	"expect": {expectUsage, 3, 5, expect},
	"state":  {"state", 0, 0, allStates},
}

// Execute does one command and returns its answer:
//
//	press NAME [TIME]      hold a button down (200ms)            ok
//	bounce NAME [TIME]     the same with a worn contact          ok
//	glitch NAME [TIME]     turn a line over for a moment (2ms)   ok
//	down NAME, up NAME     hold, let go                          ok
//	input NAME on|off      move a contact                        ok
//	toggle NAME            turn a contact over                   ok
//	wait TIME              do nothing for so long                ok
//	relay NAME?            ask a relay                           relay NAME on|off
//	lamp NAME?             ask a lamp                            lamp NAME on|off
//	expect WHAT NAME STATE [within TIME]                         ok, or an error
//	state                  ask all lines                         one line each, then ok
//
// TIME is a number of milliseconds or has a unit (120ms, 2s). Press returns at once, wait and expect take their
// time. An unknown word is an error that gives the usage.
func (b *Board) Execute(ctx context.Context, line string) (string, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return "", fmt.Errorf("an empty command; say one of %s", verbNames)
	}
	v, ok := verbs[words[0]]
	if !ok {
		return "", fmt.Errorf("unknown command %q; say one of %s", words[0], verbNames)
	}
	if n := len(words) - 1; n < v.least || n > v.most {
		return "", fmt.Errorf("%s: %d words; usage: %s", words[0], n, v.usage)
	}
	return v.do(ctx, b, words[1:])
}

const verbNames = "press, bounce, glitch, down, up, input, toggle, wait, relay, lamp, expect, state"

// span reads a time: a bare number is milliseconds.
func span(word string) (time.Duration, error) {
	d, err := time.ParseDuration(word)
	if n, bare := strconv.Atoi(word); bare == nil {
		d, err = time.Duration(min(max(int64(n), -1), maxSpan.Milliseconds()+1))*time.Millisecond, nil
	}
	if err != nil || d < 0 || d > maxSpan {
		return 0, fmt.Errorf("bad time %q; say milliseconds (120) or a unit (120ms, 2s), at most %v", word, maxSpan)
	}
	return d, nil
}

func plain(f func(*Board, string) error) func(context.Context, *Board, []string) (string, error) {
	return func(_ context.Context, b *Board, words []string) (string, error) {
		return "ok", f(b, words[0])
	}
}

func timed(f func(*Board, string, time.Duration) error, standard time.Duration) func(context.Context, *Board, []string) (string, error) {
	return func(_ context.Context, b *Board, words []string) (string, error) {
		d := standard
		if len(words) > 1 {
			var err error
			if d, err = span(words[1]); err != nil {
				return "", err
			}
		}
		return "ok", f(b, words[0], d)
	}
}

func onOff(word string) (bool, error) {
	switch word {
	case "on":
		return true, nil
	case "off":
		return false, nil
	}
	return false, fmt.Errorf("bad state %q; say on or off", word)
}

func setInput(_ context.Context, b *Board, words []string) (string, error) {
	on, err := onOff(words[1])
	if err != nil {
		return "", err
	}
	return "ok", b.SetInput(words[0], on)
}

func wait(ctx context.Context, b *Board, words []string) (string, error) {
	d, err := span(words[0])
	if err != nil {
		return "", err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return "ok", nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func query(what string) func(context.Context, *Board, []string) (string, error) {
	return func(_ context.Context, b *Board, words []string) (string, error) {
		c, err := b.lookUp(what, strings.TrimSuffix(words[0], "?"))
		return c.String(), err
	}
}

func allStates(_ context.Context, b *Board, _ []string) (string, error) {
	all, err := b.State()
	var lines strings.Builder
	for _, c := range all {
		lines.WriteString(c.String() + "\n")
	}
	return lines.String() + "ok", err
}
