package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"intercom/hal"
)

// lookUp gives the state of one line.
func (b *Board) lookUp(what, name string) (Change, error) {
	all, err := b.State()
	if err != nil {
		return Change{}, err
	}
	var known []string
	for _, c := range all {
		if c.What != what {
			continue
		}
		if c.Name == name {
			return c, nil
		}
		known = append(known, c.Name)
	}
	return Change{}, &hal.UnknownNameError{What: what, Name: name, Known: known}
}

// expect checks a line's state, at once or until it comes to be.
func expect(ctx context.Context, b *Board, words []string) (string, error) {
	limit := time.Duration(0)
	switch {
	case len(words) == 4 || len(words) == 5 && words[3] != "within":
		return "", fmt.Errorf("expect: bad words %q; usage: %s", words[3:], expectUsage)
	case len(words) == 5:
		var err error
		if limit, err = span(words[4]); err != nil {
			return "", err
		}
	}
	what, name, want := words[0], words[1], words[2]
	legal := []string{state(what, true), state(what, false)}
	if !slices.Contains(legal, want) {
		return "", fmt.Errorf("expect: a %s is never %q; say %s or %s", what, want, legal[0], legal[1])
	}
	return b.await(ctx, what, name, want, limit)
}

// await watches first and looks then, so that no change falls between the two.
func (b *Board) await(ctx context.Context, what, name, want string, limit time.Duration) (string, error) {
	changes, stop, err := b.Watch()
	if err != nil {
		return "", err
	}
	defer stop()
	c, err := b.lookUp(what, name)
	if err != nil {
		return "", err
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for c.State != want {
		select {
		case next, open := <-changes:
			if !open {
				return "", hal.ErrClosed
			}
			if next.What == what && next.Name == name {
				c = next
			}
		case <-timer.C:
			return "", fmt.Errorf("expected %s %s %s, it is %s after %v", what, name, want, c.State, limit)
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
	return "ok", nil
}
