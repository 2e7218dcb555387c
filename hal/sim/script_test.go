package sim

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"intercom/hal"
)

func TestScript(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		go func() { // a station that opens for three seconds when somebody rings
			for e := range b.Events() {
				if e.Kind == hal.Pressed {
					_ = b.SetRelay("strike", true)
					time.AfterFunc(3*time.Second, func() { _ = b.SetRelay("strike", false) })
				}
			}
		}()
		began := time.Now()
		err := b.Script(context.Background(), `
			# a visitor
			expect relay strike off      # the negative first
			press front 120ms
			expect relay strike on within 200ms
			wait 2s
			expect relay strike on
			wait 1500
			expect relay strike off
			bounce back
			glitch front 1ms
			input contact on
			expect input contact on within 1
			toggle contact
			down front
			expect button front down within 1ms
			up front
			expect button front up within 1ms
			expect lamp ring off
		`)
		check(t, err)
		if took := time.Since(began); took < 3580*time.Millisecond || took > 3600*time.Millisecond {
			t.Errorf("the script took %v", took)
		}
	})
}

func TestScriptErrors(t *testing.T) {
	for _, test := range []struct {
		script string
		line   int
		says   string
	}{
		{"dance", 1, "unknown command"},
		{"\n\npress", 3, "usage: press NAME"},
		{"press a b c", 1, "usage: press NAME"},
		{"press window", 1, "front, back"},
		{"press front soon", 1, "bad time"},
		{"press front -1", 1, "bad time"},
		{"wait 999999999999999", 1, "bad time"},
		{"wait 25h", 1, "bad time"},
		{"input contact perhaps", 1, "say on or off"},
		{"input window on", 1, "contact, exit"},
		{"relay window?", 1, "strike, gate"},
		{"lamp window?", 1, "ring, open"},
		{"wait 1s\nexpect relay strike on", 2, "expected relay strike on, it is off"},
		{"expect relay strike on within 2s", 1, "after 2s"},
		{"expect relay window on", 1, "strike, gate"},
		{"expect relay strike up", 1, "never"},
		{"expect button front on", 1, "never"},
		{"expect relay strike on after 2s", 1, "usage: expect"},
		{"expect relay strike on within", 1, "usage: expect"},
		{"expect relay strike on within x", 1, "bad time"},
	} {
		bubble(t, Config{}, func(t *testing.T, b *Board) {
			err := b.Script(context.Background(), test.script)
			var where *ScriptError
			if !errors.As(err, &where) || where.Line != test.line || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%q: %v, want line %d and %q", test.script, err, test.line, test.says)
			}
			if errors.Unwrap(err) == nil {
				t.Errorf("%q: the command's error is lost", test.script)
			}
		})
	}
}

func TestScriptEndsWithContext(t *testing.T) {
	for _, script := range []string{"wait 1h", "expect relay strike on within 1h", "wait 1ms\npress front"} {
		bubble(t, Config{}, func(t *testing.T, b *Board) {
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(time.Second, cancel)
			if strings.Contains(script, "press") {
				cancel()
			}
			if err := b.Script(ctx, script); !errors.Is(err, context.Canceled) {
				t.Errorf("%q: %v, want the context's end", script, err)
			}
		})
	}
}

func TestScriptEndsWithBoard(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		time.AfterFunc(time.Second, func() { b.Close() })
		if err := b.Script(context.Background(), "expect relay strike on within 1h"); !errors.Is(err, hal.ErrClosed) {
			t.Errorf("%v, want ErrClosed", err)
		}
	})
}

func FuzzExecute(f *testing.F) {
	for word, v := range verbs {
		f.Add(word + " front 10")
		f.Add(v.usage)
	}
	f.Add("expect relay strike off within 1")
	f.Fuzz(func(t *testing.T, line string) {
		bubble(t, Config{}, func(t *testing.T, b *Board) {
			answer, err := b.Execute(context.Background(), line)
			if err == nil && answer == "" {
				t.Errorf("%q: neither answer nor error", line)
			}
		})
	})
}
