package locate

import (
	"cmp"
	"slices"

	"github.com/miekg/dns"
)

// maxServices bounds the SRV records of one name that are followed.
const maxServices = 16

// orderServices sorts SRV records by priority and, inside one priority, draws them by weight as RFC 2782 says:
//
//	weight  0  0 10 60 30     the unordered records, those of weight 0 first
//	sum     0  0 10 70 100    running sums
//	draw    a number in [0, 100]: the first record whose running sum reaches it is next; repeat without it
//
// So a record of weight 0 has a very small chance beside others, and a fair one among its like. random returns
// a number in [0, limit].
func orderServices(records []*dns.SRV, random func(limit uint64) uint64) []*dns.SRV {
	sorted := slices.Clone(records)
	slices.SortStableFunc(sorted, func(a, b *dns.SRV) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(min(a.Weight, 1), min(b.Weight, 1)))
	})
	for start := 0; start < len(sorted); start++ {
		group := sorted[start:samePriority(sorted, start)]
		chosen := drawService(group, random)
		record := group[chosen]
		// What stood before the chosen one moves up by one place, so that the zeros stay in front.
		copy(group[1:chosen+1], group[:chosen])
		group[0] = record
	}
	return sorted[:min(len(sorted), maxServices)]
}

// samePriority returns the end of the run of records that share the priority of the one at start.
func samePriority(records []*dns.SRV, start int) int {
	end := start
	for end < len(records) && records[end].Priority == records[start].Priority {
		end++
	}
	return end
}

// drawService returns the index of the record that is next in a group of one priority, by running sums. When all
// weights are 0 there is nothing to go by, and each has the same chance.
func drawService(group []*dns.SRV, random func(uint64) uint64) int {
	if len(group) == 1 {
		return 0
	}
	var sum uint64
	for _, record := range group {
		sum += uint64(record.Weight)
	}
	if sum == 0 {
		return int(random(uint64(len(group) - 1)))
	}
	drawn, running := random(sum), uint64(0)
	for i, record := range group {
		if running += uint64(record.Weight); running >= drawn {
			return i
		}
	}
	panic("BUG: the draw exceeds the sum of the weights")
}
