package digest

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a password. However it is printed, logged or encoded, it reads "[redacted]"; string(s)
// gives the text.
type Secret string

// Format writes the redacted form for every verb, since %x or %q would otherwise reach the bytes.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String gives the redacted form.
func (Secret) String() string { return redacted }

// LogValue gives the redacted form to log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText gives the redacted form to encoding/json and its like; it never fails.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
