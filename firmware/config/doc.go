// Package config is the configuration of a door station: one TOML file, its defaults, its checks and its print.
//
// Load reads a file and the password and certificate files it names; Parse reads bytes and touches no file. Both report every
// problem of the file at once: an unknown key (with the key that was probably meant), a wrong type, a value out
// of range, a reference to a relay or account that does not exist, two parts on one line, two codes of which one
// begins the other. Each Problem names file, line, column, key, what is wrong and the cure.
//
//	cfg, err := config.Load("/etc/intercom/intercom.toml")
//	if err != nil {
//		fmt.Fprintln(os.Stderr, err) // one line per problem
//		os.Exit(1)
//	}
//	for _, w := range cfg.Warnings { ... }
//
// # The table of settings
//
// The settings are the fields of Config and of the structs in it. A field's tags are its whole definition, so that the
// file's schema, the decoder, the checks and the print cannot drift apart:
//
//	toml:"pulse"            the key in the file; "key,required" must be written
//	default:"3s"            taken when the key is absent; lists are separated by commas
//	range:"100ms..30s"      the least and the greatest value, both allowed
//	oneof:"8000 16000"      the allowed values of a number or a string
//	max:"16"                the greatest number of entries of a list
//
// Durations are strings with a unit ("300ms", "3s", "2m"); a bare number is refused, for nobody can tell seconds from
// milliseconds by looking at it.
//
// # Secrets
//
// Passwords and door codes are of type Secret, which prints as "(set)" whatever the verb. Print therefore writes a
// file that shows everything but those; Parse refuses "(set)" as a secret, so that a printed file cannot go into service
// with a password that everybody knows.
//
// # Ownership
//
// A Config is a plain value. It is not changed after Parse or Load return; the station, the agent and the board read it.
//
// # Why go-toml
//
// github.com/pelletier/go-toml/v2 is pure Go without dependencies, and reads the whole of TOML 1.0. Its decoder stops at the
// first problem, so only its parser is used: the values come from its generic decoding, the positions from its
// syntax tree, and the assignment to the fields is done here.
//
// # Limitations
//
//   - After a syntax error the rest of the file is not checked: the parser cannot go on behind it.
//   - The syntax tree is the library's "unstable" package; its version is pinned in go.mod.
//   - SIP URIs are checked for their shape only (scheme, user, host); the agent parses them in full.
//   - A file is at most 1 MiB, and at most 100 problems are listed.
package config
