package debounce

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func at(ms int) time.Time { return epoch.Add(time.Duration(ms) * time.Millisecond) }

var button = Config{Settle: 30 * time.Millisecond, MinPress: 80 * time.Millisecond, Stuck: 10 * time.Second, Press: true}
var contact = Config{Settle: 30 * time.Millisecond}

var names = map[What]string{Down: "down", Up: "up", Stuck: "stuck", Noisy: "noisy", Storm: "storm"}

// An edgeAt is a level from a time on, in milliseconds.
type edgeAt struct {
	ms    int
	level bool
}

// line writes edges as alternating levels at these times, beginning with active.
func line(times ...int) []edgeAt {
	edges := []edgeAt{{-1000, false}}
	for i, ms := range times {
		edges = append(edges, edgeAt{ms, i%2 == 0})
	}
	return edges
}

// play feeds edges in time, coming back at each deadline as a board does, and writes down what was found and when.
func play(d *Debouncer, edges []edgeAt, until int) string {
	var found []string
	collect := func(now time.Time) {
		for c, ok := d.Next(); ok; c, ok = d.Next() {
			found = append(found, fmt.Sprintf("%s %d@%d", names[c.What], c.At.Sub(epoch).Milliseconds(), now.Sub(epoch).Milliseconds()))
		}
	}
	advance := func(to time.Time) {
		for {
			due := d.Deadline()
			if due.IsZero() || due.After(to) {
				return
			}
			d.Advance(due)
			collect(due)
		}
	}
	for _, e := range edges {
		advance(at(e.ms))
		d.Receive(at(e.ms), e.level)
		collect(at(e.ms))
	}
	advance(at(until))
	return strings.Join(found, ", ")
}

// TestTimelines: what is found, when it began @ when it was told.
func TestTimelines(t *testing.T) {
	for _, test := range []struct {
		name   string
		config Config
		edges  []edgeAt
		want   string
	}{
		{"nothing", button, line(), ""},
		{"ideal press", button, line(0, 500), "down 0@80, up 500@530"},
		{"bouncing press", button, line(0, 2, 3, 7, 9, 500, 501, 505), "down 0@80, up 500@535"},
		{"long bounce", button, line(0, 20, 40, 60, 80, 500), "down 0@110, up 500@530"},
		{"79 ms is no press", button, line(0, 79), ""},
		{"80 ms is one", button, line(0, 80, 81, 300), "down 0@80, up 300@330"},
		{"81 ms", button, line(0, 81), "down 0@80, up 81@111"},
		{"spike", button, line(0, 1), ""},
		{"spike train", button, line(0, 1, 100, 101, 200, 201, 300, 301), ""},
		{"glitch while pressed", button, line(0, 200, 202, 500), "down 0@80, up 500@530"},
		{"glitch before believed", button, line(0, 60, 62, 500), "down 0@92, up 500@530"},
		{"two presses", button, line(0, 200, 400, 600), "down 0@80, up 200@230, down 400@480, up 600@630"},
		{"too fast again", button, line(0, 200, 220, 240), "down 0@80, up 200@270"},
		{"stuck", button, line(0), "down 0@80, stuck 10000@10000"},
		{"stuck and freed", button, line(0, 12000, 13000, 13200), "down 0@80, stuck 10000@10000, up 12000@12030, down 13000@13080, up 13200@13230"},
		{"held from the start", button, []edgeAt{{0, true}, {500, false}, {1000, true}}, "down 1000@1080, stuck 11000@11000"},
		{"held from the start for ever", button, []edgeAt{{0, true}}, "stuck 10000@10000"},
		{"contact", contact, line(0, 1, 2, 900), "down 0@32, up 900@930"},
		{"contact at the start", contact, []edgeAt{{0, true}}, "down 0@0"},
		{"contact is never stuck", contact, line(0, 19000), "down 0@30, up 19000@19030"},
		{"no minimum", Config{Settle: 10 * time.Millisecond, Press: true}, line(0, 15), "down 0@10, up 15@25"},
	} {
		if got := play(New(test.config), test.edges, 20000); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestNoiseIsToldOnceAndRejected(t *testing.T) {
	edges := line()
	for ms := 0; ms < 5000; ms += 10 {
		edges = append(edges, edgeAt{ms, ms%20 == 0})
	}
	edges = append(edges, edgeAt{6000, true}, edgeAt{6300, false})
	if got, want := play(New(button), edges, 20000), "noisy 2000@2000, down 6000@6080, up 6300@6330"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNoiseWhilePressedDoesNotRelease(t *testing.T) {
	edges := line(0)
	for ms := 1000; ms < 2000; ms += 10 {
		edges = append(edges, edgeAt{ms, ms%20 != 0})
	}
	edges = append(edges, edgeAt{3000, false})
	if got, want := play(New(button), edges, 5000), "down 0@80, up 3000@3030"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestStormOfPresses(t *testing.T) {
	edges := line()
	for i := range 100 { // pulses of 100 ms, 200 ms apart: each by itself would be a press
		edges = append(edges, edgeAt{i * 200, true}, edgeAt{i*200 + 100, false})
	}
	edges = append(edges, edgeAt{25000, true}, edgeAt{25200, false})
	got := play(New(button), edges, 30000)
	if n := strings.Count(got, "down"); n != stormPresses+1 {
		t.Errorf("%d presses, want the first %d and the one after the storm: %s", n, stormPresses, got)
	}
	if n := strings.Count(got, "storm"); n != 1 {
		t.Errorf("%d storms told, want one: %s", n, got)
	}
	if !strings.HasSuffix(got, "down 25000@25080, up 25200@25230") {
		t.Errorf("after the storm the button is dead: %s", got)
	}
	if n := strings.Count(got, "up"); n != stormPresses+1 {
		t.Errorf("%d releases for %d presses: %s", n, stormPresses+1, got)
	}
}

func TestPatientFingerIsNoStorm(t *testing.T) {
	edges := line()
	for i := range 50 {
		edges = append(edges, edgeAt{i * 600, true}, edgeAt{i*600 + 150, false})
	}
	got := play(New(button), edges, 40000)
	if n := strings.Count(got, "down"); n != 50 || strings.Contains(got, "storm") {
		t.Errorf("%d presses of 50: %s", n, got)
	}
}

// TestLateEdges: a process that was away for a second gets all edges at once, but each with its own time.
func TestLateEdges(t *testing.T) {
	d := New(button)
	d.Receive(at(-1000), false)
	d.Receive(at(0), true)
	d.Receive(at(100), false)
	d.Receive(at(900), true)
	d.Advance(at(1000))
	var got []What
	for c, ok := d.Next(); ok; c, ok = d.Next() {
		got = append(got, c.What)
	}
	if len(got) != 3 || got[0] != Down || got[1] != Up || got[2] != Down {
		t.Errorf("found %v, want down, up, down", got)
	}
}

func TestSampleFindsMissedEdge(t *testing.T) {
	d := New(button)
	d.Receive(at(0), false)
	d.Receive(at(100), true)
	d.Sample(at(130), false) // it fell back and the edge was lost: this is no press
	d.Advance(at(1000))
	if c, ok := d.Next(); ok {
		t.Errorf("found %v, want nothing", c)
	}
	d.Sample(at(2000), true)
	if due := d.Deadline(); !due.Equal(at(2030)) {
		t.Errorf("deadline %v, want the settle time after the sample", due)
	}
	d.Advance(at(2080))
	if c, ok := d.Next(); !ok || c.What != Down || !c.At.Equal(at(2000)) {
		t.Errorf("found %v %v, want a press from the sample on", c, ok)
	}
}

func TestSampleFirst(t *testing.T) {
	d := New(contact)
	if !d.Deadline().IsZero() {
		t.Error("a deadline before the first level")
	}
	d.Advance(at(0))
	d.Sample(at(0), true)
	if c, ok := d.Next(); !ok || c.What != Down {
		t.Errorf("found %v %v, want the level at the start", c, ok)
	}
}

func TestQueueIsBounded(t *testing.T) {
	d := New(Config{Settle: time.Millisecond})
	d.Receive(at(0), false)
	for i := 1; i < 100; i++ {
		d.Receive(at(i*10), i%2 == 1)
	}
	n := 0
	for _, ok := d.Next(); ok; _, ok = d.Next() {
		n++
	}
	if n != queue {
		t.Errorf("%d changes kept, want %d", n, queue)
	}
}

// FuzzDebouncer: whatever the wire does, downs and ups alternate, no press is shorter than its minimum, times
// never go back, and the deadline never stands still.
func FuzzDebouncer(f *testing.F) {
	f.Add([]byte{0, 5, 9, 200, 200, 200}, false)
	f.Add([]byte{50, 50, 50, 50, 255, 255}, true)
	f.Add([]byte{10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10}, false)
	f.Fuzz(func(t *testing.T, gaps []byte, level bool) {
		d := New(button)
		now := epoch
		d.Receive(now, level)
		down := false
		var last, began time.Time
		collect := func() {
			for c, ok := d.Next(); ok; c, ok = d.Next() {
				switch c.What {
				case Down:
					if down || now.Sub(c.At) < button.MinPress {
						t.Fatalf("down at %v, told at %v, down before: %v", c.At, now, down)
					}
					down, began = true, c.At
				case Up:
					if !down || c.At.Sub(began) < button.MinPress {
						t.Fatalf("up at %v, pressed %v since %v", c.At, down, began)
					}
					down = false
				}
				if c.At.Before(last) {
					t.Fatalf("%v after %v", c.At, last)
				}
				last = c.At
			}
		}
		for _, gap := range gaps {
			next := now.Add(time.Duration(gap) * time.Millisecond)
			for due := d.Deadline(); !due.IsZero() && !due.After(next); due = d.Deadline() {
				if due.Before(now) {
					t.Fatalf("deadline %v is before %v", due, now)
				}
				now = due
				d.Advance(now)
				collect()
			}
			now, level = next, !level
			d.Receive(now, level)
			collect()
		}
	})
}

func BenchmarkReceive(b *testing.B) {
	d := New(button)
	d.Receive(epoch, false)
	b.ReportAllocs()
	now := epoch
	for i := range b.N {
		now = now.Add(200 * time.Millisecond)
		d.Receive(now, i%2 == 0)
		for _, ok := d.Next(); ok; _, ok = d.Next() {
			continue
		}
	}
}
