package config

import (
	"fmt"
	"log/slog"
)

// redacted is what is shown of every secret.
const redacted = "(set)"

// Secret is a password or a door code. Whatever prints it, logs it or marshals it gets "(set)", or nothing when it is
// empty; only Reveal gives it away. The value stands behind a pointer: package fmt cannot call the methods of a
// value in an unexported field, and would print a plain string there.
type Secret struct{ text *string }

// NewSecret hides text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the secret. Call it where it is used, and keep no copy.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsSet tells whether there is a secret.
func (s Secret) IsSet() bool { return s.text != nil }

// Equal compares two secrets.
func (s Secret) Equal(other Secret) bool { return s.Reveal() == other.Reveal() }

// String returns "(set)", or "" of an empty secret.
func (s Secret) String() string {
	if s.IsSet() {
		return redacted
	}
	return ""
}

// Format prints String for every verb and flag, %#v and %x included.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// LogValue keeps the secret out of structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText keeps the secret out of JSON and TOML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
