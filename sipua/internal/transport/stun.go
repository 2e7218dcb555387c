package transport

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// STUN as a keep-alive of UDP flows (RFC 5626 section 4.4.2; RFC 8489 sections 5 and 14):
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|0 0|     message type          |         length                |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                  magic cookie 0x2112A442                      |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|              transaction id, 96 bits                          |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	attributes: type (16), length (16), value padded to 4 octets
const (
	stunHeader      = 20
	stunCookie      = 0x2112A442
	stunRequest     = 0x0001 // class and method in one number: binding is method 1
	stunSuccess     = 0x0101
	stunFailure     = 0x0111
	attrErrorCode   = 0x0009
	attrXORMapped   = 0x0020
	stunFamilyIPv4  = 1
	stunFamilyIPv6  = 2
	transactionSize = 12
)

// TransactionID tells which STUN request a response answers. It must be random.
type TransactionID [transactionSize]byte

// Binding is a STUN binding request or its answer.
type Binding struct {
	ID        TransactionID
	IsRequest bool
	Mapped    netip.AddrPort // our address as the peer sees it; of a successful response
	Code      int            // 300 to 699 of an error response, else 0
}

// AppendBindingRequest appends a binding request of 20 octets.
func AppendBindingRequest(b []byte, id TransactionID) []byte {
	return appendSTUNHeader(b, stunRequest, 0, id)
}

// AppendBindingResponse appends the answer to a binding request which came from the address mapped.
func AppendBindingResponse(b []byte, id TransactionID, mapped netip.AddrPort) []byte {
	addr := mapped.Addr().Unmap()
	family, size := uint16(stunFamilyIPv4), 4
	if addr.Is6() {
		family, size = stunFamilyIPv6, 16
	}
	b = appendSTUNHeader(b, stunSuccess, 8+size, id)
	b = binary.BigEndian.AppendUint16(b, attrXORMapped)
	b = binary.BigEndian.AppendUint16(b, uint16(4+size))
	b = binary.BigEndian.AppendUint16(b, family)
	b = binary.BigEndian.AppendUint16(b, mapped.Port()^stunCookie>>16)
	octets := addr.AsSlice()
	maskAddress(octets, id)
	return append(b, octets...)
}

// appendSTUNHeader appends the 20 octets of the figure above.
func appendSTUNHeader(b []byte, kind uint16, length int, id TransactionID) []byte {
	b = binary.BigEndian.AppendUint16(b, kind)
	b = binary.BigEndian.AppendUint16(b, uint16(length))
	b = binary.BigEndian.AppendUint32(b, stunCookie)
	return append(b, id[:]...)
}

// maskAddress applies the XOR of RFC 8489 section 14.2, which hides the address from routers that rewrite it.
func maskAddress(octets []byte, id TransactionID) {
	mask := append(binary.BigEndian.AppendUint32(nil, stunCookie), id[:]...)
	for i := range octets {
		octets[i] ^= mask[i]
	}
}

// isSTUN tells STUN from SIP by the cookie; no SIP message starts with two zero bits.
func isSTUN(p []byte) bool {
	return len(p) >= stunHeader && p[0]&0xc0 == 0 && binary.BigEndian.Uint32(p[4:]) == stunCookie
}

// ParseBinding reads a binding request, response or error response. Attributes it does not know are skipped; the
// error tells at which octet the packet makes no sense.
func ParseBinding(p []byte) (Binding, error) {
	if !isSTUN(p) {
		return Binding{}, fmt.Errorf("stun: %d octets without the header of RFC 8489", len(p))
	}
	kind, length := binary.BigEndian.Uint16(p), int(binary.BigEndian.Uint16(p[2:]))
	if kind != stunRequest && kind != stunSuccess && kind != stunFailure {
		return Binding{}, fmt.Errorf("stun: message type %#04x is no binding", kind)
	}
	if length%4 != 0 || length > len(p)-stunHeader {
		return Binding{}, fmt.Errorf("stun: length %d of attributes in a packet of %d octets", length, len(p))
	}
	b := Binding{IsRequest: kind == stunRequest}
	copy(b.ID[:], p[8:])
	if err := b.readAttributes(p[stunHeader : stunHeader+length]); err != nil {
		return Binding{}, err
	}
	if kind == stunSuccess && !b.Mapped.IsValid() {
		return Binding{}, fmt.Errorf("stun: a response without XOR-MAPPED-ADDRESS")
	}
	return b, nil
}

// readAttributes walks over all attributes, known or not: a packet whose lengths do not add up is not believed.
// readAttribute reads those that matter to a keep-alive. MAPPED-ADDRESS, the plain one, is left aside: routers that
// rewrite addresses in packets are the reason for the other.
func (b *Binding) readAttributes(p []byte) error {
	for len(p) > 0 {
		if len(p) < 4 {
			return fmt.Errorf("stun: attribute of %d octets", len(p))
		}
		kind, size := binary.BigEndian.Uint16(p), int(binary.BigEndian.Uint16(p[2:]))
		padded := (size + 3) &^ 3
		if padded > len(p)-4 {
			return fmt.Errorf("stun: attribute %#04x of %d octets, %d are left", kind, size, len(p)-4)
		}
		if err := b.readAttribute(kind, p[4:4+size]); err != nil {
			return err
		}
		p = p[4+padded:]
	}
	return nil
}

func (b *Binding) readAttribute(kind uint16, v []byte) error {
	switch kind {
	case attrErrorCode:
		if len(v) < 4 {
			return fmt.Errorf("stun: error code of %d octets", len(v))
		}
		b.Code = int(v[2]&7)*100 + int(v[3])
	case attrXORMapped:
		return b.readMapped(v)
	}
	return nil
}

// readMapped reads XOR-MAPPED-ADDRESS (RFC 8489 section 14.2): a zero octet, the family, port and address masked.
func (b *Binding) readMapped(v []byte) error {
	size := map[byte]int{stunFamilyIPv4: 4, stunFamilyIPv6: 16}
	if len(v) < 4 || size[v[1]] == 0 || len(v) != 4+size[v[1]] {
		return fmt.Errorf("stun: XOR-MAPPED-ADDRESS of %d octets", len(v))
	}
	octets := append([]byte(nil), v[4:]...)
	maskAddress(octets, b.ID)
	addr, _ := netip.AddrFromSlice(octets)
	b.Mapped = netip.AddrPortFrom(addr.Unmap(), binary.BigEndian.Uint16(v[2:])^stunCookie>>16)
	return nil
}
