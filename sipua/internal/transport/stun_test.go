package transport

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
)

// RFC 5769 sections 2.2 and 2.3: responses to a client at these addresses, with this transaction.
const (
	vectorIPv4 = "0101003c2112a442b7e7a701bc34d686fa87dfae" +
		"8022000b7465737420766563746f7220" +
		"002000080001a147e112a643" +
		"000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7" +
		"80280004c07d4c96"
	vectorIPv6 = "010100482112a442b7e7a701bc34d686fa87dfae" +
		"8022000b7465737420766563746f7220" +
		"002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9" +
		"00080014a382954e4be67bf11784c97c8292c275bfe3ed41" +
		"80280004c8fb0b4c"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBindingVectors(t *testing.T) {
	id := TransactionID(unhex(t, "b7e7a701bc34d686fa87dfae"))
	for vector, want := range map[string]string{
		vectorIPv4: "192.0.2.1:32853",
		vectorIPv6: "[2001:db8:1234:5678:11:2233:4455:6677]:32853",
	} {
		b, err := ParseBinding(unhex(t, vector))
		if err != nil || b.ID != id || b.IsRequest || b.Mapped != netip.MustParseAddrPort(want) || b.Code != 0 {
			t.Errorf("%s: got %+v, %v", want, b, err)
		}
	}
}

func TestBindingRoundTrip(t *testing.T) {
	id := TransactionID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	b, err := ParseBinding(AppendBindingRequest(nil, id))
	if err != nil || b != (Binding{ID: id, IsRequest: true}) {
		t.Errorf("request: %+v, %v", b, err)
	}
	for _, addr := range []string{"192.0.2.1:5060", "[2001:db8::1]:65535", "0.0.0.0:1"} {
		mapped := netip.MustParseAddrPort(addr)
		b, err := ParseBinding(AppendBindingResponse(nil, id, mapped))
		if err != nil || b != (Binding{ID: id, Mapped: mapped}) {
			t.Errorf("response for %v: %+v, %v", mapped, b, err)
		}
	}
	mapped := netip.MustParseAddrPort("[::ffff:192.0.2.1]:5060")
	if b, _ := ParseBinding(AppendBindingResponse(nil, id, mapped)); b.Mapped.String() != "192.0.2.1:5060" {
		t.Errorf("a mapped address came back as %v", b.Mapped)
	}
}

func TestBindingErrors(t *testing.T) {
	header := func(kind, length string) string { return kind + length + "2112a442" + strings.Repeat("00", 12) }
	tests := []struct{ name, packet, want string }{
		{"error response", header("0111", "0008") + "0009000400000414", ""},
		{"no cookie", "010100002112a443" + strings.Repeat("00", 12), "without the header"},
		{"indication", header("0011", "0000"), "no binding"},
		{"odd length", header("0101", "0003") + "000000", "length 3"},
		{"length beyond the packet", header("0101", "0008"), "length 8"},
		{"response without address", header("0101", "0000"), "XOR-MAPPED-ADDRESS"},
		{"attribute beyond the packet", header("0101", "0004") + "00200008", "8 octets, 0 are left"},
		{"address of five octets", header("0101", "0010") + "0020000900010000" + "0000000000000000", "of 9 octets"},
		{"unknown family", header("0101", "000c") + "0020000800030000" + "00000000", "of 8 octets"},
		{"short error code", header("0111", "0008") + "0009000200000000", "error code of 2"},
	}
	for _, test := range tests {
		b, err := ParseBinding(unhex(t, test.packet))
		if test.want == "" {
			if err != nil || b.Code != 420 {
				t.Errorf("%s: %+v, %v", test.name, b, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error %v does not say %q", test.name, err, test.want)
		}
	}
}

func TestBindingOfEveryTruncationFails(t *testing.T) {
	for _, vector := range []string{vectorIPv4, vectorIPv6} {
		p := unhex(t, vector)
		for i := range len(p) {
			if _, err := ParseBinding(p[:i]); err == nil {
				t.Errorf("%d of %d octets were accepted", i, len(p))
			}
		}
	}
}

func FuzzBinding(f *testing.F) {
	f.Add(unhex(f, vectorIPv4))
	f.Add(unhex(f, vectorIPv6))
	f.Add(AppendBindingRequest(nil, TransactionID{}))
	f.Fuzz(func(t *testing.T, p []byte) {
		b, err := ParseBinding(p)
		if err != nil || b.IsRequest || !b.Mapped.IsValid() {
			return
		}
		again, err := ParseBinding(AppendBindingResponse(nil, b.ID, b.Mapped))
		if err != nil || again.ID != b.ID || again.Mapped != b.Mapped {
			t.Fatalf("%+v became %+v, %v", b, again, err)
		}
	})
}
