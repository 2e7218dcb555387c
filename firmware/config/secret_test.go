package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestSecretNeverShows prints a secret in every way the standard library has.
func TestSecretNeverShows(t *testing.T) {
	const text = "hunter2"
	s := NewSecret(text)
	type inner struct{ hidden Secret } // package fmt cannot call methods there
	var outputs []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		outputs = append(outputs, fmt.Sprintf(verb, s), fmt.Sprintf(verb, &s), fmt.Sprintf(verb, inner{s}),
			fmt.Sprintf(verb, []Secret{s}), fmt.Sprintf(verb, Account{Password: s}))
	}
	asJSON, err := json.Marshal(Account{Password: s})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "account", Account{Password: s})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "account", Account{Password: s})
	outputs = append(outputs, string(asJSON), log.String(), s.String(), fmt.Sprint(s), fmt.Errorf("login: %v", s).Error())
	for _, out := range outputs {
		if strings.Contains(out, text) || strings.Contains(out, fmt.Sprintf("%x", text)) {
			t.Errorf("the secret shows in %q", out)
		}
	}
	if !strings.Contains(log.String(), redacted) {
		t.Errorf("the log does not say that the secret is set: %s", log.String())
	}
}

func TestSecretValue(t *testing.T) {
	empty, set := NewSecret(""), NewSecret("a")
	if empty.IsSet() || empty.String() != "" || empty.Reveal() != "" {
		t.Errorf("the empty secret is %q", empty.Reveal())
	}
	if !set.IsSet() || set.String() != "(set)" || set.Reveal() != "a" {
		t.Errorf("the secret is %q, reveals %q", set.String(), set.Reveal())
	}
	if set.Equal(empty) || !set.Equal(NewSecret("a")) || !empty.Equal(Secret{}) {
		t.Error("secrets compare wrongly")
	}
}
