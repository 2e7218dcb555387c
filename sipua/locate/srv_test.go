package locate

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func services(spec ...string) []*dns.SRV {
	var records []*dns.SRV
	for _, s := range spec {
		record := new(dns.SRV)
		if _, err := fmt.Sscanf(s, "%d %d %s", &record.Priority, &record.Weight, &record.Target); err != nil {
			panic(err)
		}
		records = append(records, record)
	}
	return records
}

func names(records []*dns.SRV) string {
	var b strings.Builder
	for _, record := range records {
		b.WriteString(record.Target)
	}
	return b.String()
}

// TestOrderServices plays the draws of RFC 2782 with numbers chosen beforehand.
func TestOrderServices(t *testing.T) {
	for _, row := range []struct {
		name    string
		records []*dns.SRV
		draws   []uint64 // the numbers drawn
		limits  []uint64 // the limits they are drawn in
		want    string
	}{
		{"none", nil, nil, nil, ""},
		{"one", services("1 5 a"), nil, nil, "a"},
		{"priorities only", services("30 0 c", "10 0 a", "20 0 b"), nil, nil, "abc"},
		{"priority before weight", services("20 65535 b", "10 0 a"), nil, nil, "ab"},
		{"first running sum reached", services("1 10 a", "1 60 b", "1 30 c"), []uint64{10, 90}, []uint64{100, 90}, "acb"},
		{"one above the sum", services("1 10 a", "1 60 b", "1 30 c"), []uint64{11, 40}, []uint64{100, 40}, "bca"},
		{"the whole sum", services("1 10 a", "1 60 b", "1 30 c"), []uint64{100, 70}, []uint64{100, 70}, "cba"},
		{"weight 0 has the 0", services("1 10 a", "1 0 z"), []uint64{0}, []uint64{10}, "za"},
		{"weight 0 has only the 0", services("1 10 a", "1 0 z"), []uint64{1}, []uint64{10}, "az"},
		{"zeros stay in front of the rest", services("1 10 a", "1 0 y", "1 0 z"), []uint64{5, 0}, []uint64{10, 1}, "ayz"},
		{"zeros among themselves", services("1 0 x", "1 0 y", "1 0 z"), []uint64{2, 1}, []uint64{2, 1}, "zyx"},
		{"each priority by itself", services("2 1 c", "2 1 d", "1 1 a", "1 1 b"), []uint64{2, 0}, []uint64{2, 2}, "bacd"},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := names(row.records)
			draw := 0
			got := names(orderServices(row.records, func(limit uint64) uint64 {
				if draw >= len(row.draws) {
					t.Fatalf("draw %d in [0, %d] is one too many", draw+1, limit)
				}
				if limit != row.limits[draw] {
					t.Errorf("draw %d has the limit %d, want %d", draw+1, limit, row.limits[draw])
				}
				draw++
				return row.draws[draw-1]
			}))
			if got != row.want || draw != len(row.draws) {
				t.Errorf("order %s after %d draws, want %s after %d", got, draw, row.want, len(row.draws))
			}
			if names(row.records) != before {
				t.Error("the cached records were reordered in place")
			}
		})
	}
}

// TestWeights: over many draws the first place goes by weight.
func TestWeights(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	random := func(limit uint64) uint64 { return source.Uint64N(limit + 1) }
	records := services("1 0 z", "1 100 a", "1 300 b", "1 600 c")
	first := map[string]int{}
	const rounds = 20000
	for range rounds {
		first[orderServices(records, random)[0].Target]++
	}
	for name, share := range map[string]float64{"a": 0.1, "b": 0.3, "c": 0.6} {
		if got := float64(first[name]) / rounds; got < share-0.02 || got > share+0.02 {
			t.Errorf("%s was first in %.3f of the draws, want about %.1f", name, got, share)
		}
	}
	if first["z"] == 0 || first["z"] > rounds/200 {
		t.Errorf("weight 0 was first %d times, want seldom but not never", first["z"])
	}
}

// TestManyServices: more records than anyone needs are cut off after the order is drawn.
func TestManyServices(t *testing.T) {
	records := make([]*dns.SRV, 500)
	for i := range records {
		records[i] = &dns.SRV{Priority: uint16(500 - i), Target: "x"}
	}
	got := orderServices(records, func(uint64) uint64 { return 0 })
	if len(got) != maxServices || got[0].Priority != 1 {
		t.Errorf("%d records, the first of priority %d; want %d and 1", len(got), got[0].Priority, maxServices)
	}
}

func BenchmarkOrderServices(b *testing.B) {
	records := services("1 10 a", "1 60 b", "1 30 c", "2 0 d")
	source := rand.New(rand.NewPCG(1, 2))
	random := func(limit uint64) uint64 { return source.Uint64N(limit + 1) }
	b.ReportAllocs()
	for b.Loop() {
		orderServices(records, random)
	}
}
