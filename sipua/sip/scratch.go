package sip

import "strings"

// scratch is where those texts are written that are no parts of the message as it came: unfolded lines, parameters
// without their blanks, display names without their backslashes. All of one message share an allocation or two; what is
// written behind a text does not change it.
type scratch struct{ strings.Builder }

// scratchSize is room for the odd parameters of a message.
const scratchSize = 128

// begin makes room for n octets and tells where the next text starts. Texts of before keep what they stand in.
func (r *scratch) begin(n int) (start int) {
	if r.Cap()-r.Len() < n {
		r.Reset()
		r.Grow(max(n, scratchSize))
	}
	return r.Len()
}
