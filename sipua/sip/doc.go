// Package sip holds the SIP message: parse and print, pure.
//
// Parse reads one whole message, Append writes one; between the two a Message is a plain value whose fields may
// be edited freely, for there are no caches:
//
//	request, err := sip.Parse(datagram)
//	var bad *sip.SyntaxError
//	if errors.As(err, &bad) && (request == nil || bad.Status == 0) {
//		return // drop silently
//	}
//	if bad != nil {
//		send(sip.NewResponse(request, bad.Status, "").Append(nil))
//		return
//	}
//	ringing := sip.NewResponse(request, 180, "")
//	ringing.To.Params = ringing.To.Params.With("tag", tag)
//	send(ringing.Append(nil))
//
// # Ownership
//
// Parse copies the header section once into one string, and all strings of the Message are parts of it: a
// datagram's buffer may be used again at once, and a small string kept from a Message keeps up to 64 KiB alive
// (strings.Clone helps). NewResponse and Clone share no slice with their source. No function keeps its
// arguments, and nothing here reads a clock or the network, starts a goroutine or changes a package variable, so
// everything is safe for concurrent use on different messages.
//
// # How liberal
//
// Parse accepts what RFC 4475 and RFC 5118 show in the field and what costs no safety: white space anywhere around
// separators, bare LF as a line's end, odd case, compact names, surplus space in the start line, unquoted
// display names with commas, brackets around the address in received, three colons in an IPv6 literal. It
// refuses what has two readings: lone CR, two Content-Lengths, an open quote, header fields in a Request-URI. An
// escaped octet is unescaped once, in a value, and never becomes syntax.
//
// # Limits
//
// Sizes are bounded (see MaxMessage, MaxFields, MaxField, MaxValues), and all work is linear in the
// input: nothing is read twice on behalf of a nested construct.
//
// # Limitations
//
//   - Only fields every message carries are parsed by Parse; the others when asked for (Contacts, Reason, ...), so
//     a malformed Contact shows there and not in Parse.
//   - The user part of a URI is held unescaped, thus Equal takes an escaped reserved character for the bare one.
//   - The tel URI stays opaque, and IPv6 zones are refused.
//   - Comments, which RFC 3261 allows in User-Agent, Server and Retry-After only, stay part of the value.
//   - A From or To that is printed gets a quoted display name and the canonical escapes, whatever it had before.
//   - Multipart bodies are opaque.
package sip
