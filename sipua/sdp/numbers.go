package sdp

import "strconv"

// numbers is which payload number means what in one call. Once used, a number keeps its meaning in
// all later offers of the call (RFC 3264 section 8.3.2), whichever side chose it.
type numbers struct {
	taken  [128]string      // key of the format, by number
	chosen map[string]uint8 // the number we use, by key
}

// reserve notes that the peer uses a number, so that no later offer gives it another meaning.
func (n *numbers) reserve(f Format) {
	if f.Name != "" {
		n.taken[f.PayloadType] = f.key()
	}
}

// bind notes that ours goes under the number of theirs.
func (n *numbers) bind(ours Format, number uint8) {
	if n.chosen == nil {
		n.chosen = make(map[string]uint8)
	}
	n.chosen[ours.key()] = number
	n.taken[number] = ours.key()
}

// choose gives f its number: the one it had, the one it wishes for, or a free dynamic one (RFC 3551
// section 3: 96 to 127, and when these are used up 35 to 63, which RFC 5761 section 4 leaves free
// of RTCP's numbers).
func (n *numbers) choose(f Format) Format {
	number, isBound := n.chosen[f.key()]
	switch {
	case isBound && n.taken[number] == f.key():
	case n.isFree(f.PayloadType, f):
		number = f.PayloadType
	default:
		number = n.search(f)
	}
	f.PayloadType = number
	n.bind(f, number)
	return f
}

// search goes upwards, so that the same Capabilities give the same offer each time.
func (n *numbers) search(f Format) uint8 {
	for _, span := range [...][2]uint8{{96, 127}, {35, 63}} {
		for number := span[0]; number <= span[1]; number++ {
			if n.isFree(number, f) {
				return number
			}
		}
	}
	return f.PayloadType // 61 numbers in use: a peer that does this gets what it asked for
}

// isFree holds for a number that already means this format, too.
func (n *numbers) isFree(number uint8, f Format) bool {
	return n.taken[number] == "" || n.taken[number] == f.key()
}

func decimal(n int) string { return strconv.Itoa(n) }
