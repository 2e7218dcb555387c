package transaction

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"

	"intercom/sipua/sip"
)

// cookie starts each branch that is unique in itself (RFC 3261 section 8.1.1.7).
const cookie = "z9hG4bK"

// clientKey finds the client transaction of a response (RFC 3261 section 17.1.3).
type clientKey struct {
	branch string
	method string
}

// serverKey finds the server transaction of a request (RFC 3261 section 17.2.3). For a request of RFC 2543, branch is
// a digest of the fields compared there, so that the key's size does not depend on the sender.
type serverKey struct {
	branch string
	sentBy string
	method string
}

// mergeKey tells requests that are the same but came on different paths (RFC 3261 section 8.2.2.2).
type mergeKey struct {
	fromTag string
	callID  string
	cseq    sip.CSeq
}

// keyOfRequest is the server key of a request whose transaction was created by method: ACK and CANCEL look for that
// of the INVITE.
func keyOfRequest(m *sip.Message, method string) serverKey {
	via := &m.Via[0]
	branch := via.Branch()
	if strings.HasPrefix(branch, cookie) && len(branch) > len(cookie) {
		return serverKey{branch: branch, sentBy: sentBy(via), method: method}
	}
	return serverKey{branch: digest2543(m, via, method == sip.INVITE), method: method}
}

// sentBy is the host and port of a Via in a form that compares.
func sentBy(via *sip.Via) string {
	host := strings.ToLower(via.Host)
	if via.Port == 0 {
		return host
	}
	return host + " " + strconv.Itoa(via.Port)
}

// digest2543 sums up what RFC 3261 section 17.2.3 compares for elements without the magic cookie. The To tag is left
// out for INVITE, whose ACK has the tag of the response. Lengths separate the parts, so that none can run into another.
func digest2543(m *sip.Message, via *sip.Via, invite bool) string {
	sum := sha256.New()
	var size [8]byte
	part := func(s string) {
		sum.Write(binary.BigEndian.AppendUint64(size[:0], uint64(len(s))))
		sum.Write([]byte(s))
	}
	part(m.URI.String())
	part(m.From.Tag())
	part(m.CallID)
	part(strconv.FormatUint(uint64(m.CSeq.Seq), 10))
	part(via.Transport)
	part(sentBy(via))
	part(via.Branch())
	if !invite {
		part(m.To.Tag())
	}
	return string(sum.Sum(nil))
}

// keyOfMerge is what a request outside dialogs shares with its copies.
func keyOfMerge(m *sip.Message) mergeKey {
	return mergeKey{fromTag: m.From.Tag(), callID: m.CallID, cseq: m.CSeq}
}
