package sim

import (
	"context"
	"fmt"
	"strings"
)

// ScriptError tells which line of a script failed.
type ScriptError struct {
	Line int // counted from 1
	Text string
	Err  error
}

// Error implements error.
func (e *ScriptError) Error() string {
	return fmt.Sprintf("script line %d %q: %v", e.Line, e.Text, e.Err)
}

// Unwrap gives the command's own error.
func (e *ScriptError) Unwrap() error { return e.Err }

// Script runs the commands of Execute, one a line, one after the other; empty lines and what follows a '#' are
// skipped. It stops at the first error, which is a *ScriptError.
func (b *Board) Script(ctx context.Context, text string) error {
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if err := ctx.Err(); err != nil {
			return &ScriptError{Line: i + 1, Text: line, Err: context.Cause(ctx)}
		}
		if _, err := b.Execute(ctx, line); err != nil {
			return &ScriptError{Line: i + 1, Text: line, Err: err}
		}
	}
	return nil
}
