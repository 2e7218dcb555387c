package firmware

import (
	"testing"
	"testing/synctest"
	"time"

	"intercom/firmware/config"
	"intercom/hal"
)

// guardConfig has a strike whose coil bears a second, and a gate that is held for as long as its ceiling allows.
const guardConfig = `
[[relay]]
name = "strike"
line = 3
pulse = "500ms"
ceiling = "1s"
[[relay]]
name = "gate"
line = 4
pulse = "5s"
ceiling = "5s"
[board]
type = "sim"
`

func guardedBoard(t *testing.T) (*config.Config, hal.Board) {
	t.Helper()
	cfg, err := config.Parse("guard.toml", []byte(guardConfig))
	if err != nil {
		t.Fatal(err)
	}
	board, _, err := OpenBoard(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return cfg, board
}

// faultWithin is the board's first fault within a time, and when it came; nil if there is none.
func faultWithin(board hal.Board, d time.Duration) (time.Duration, error) {
	began, limit := time.Now(), time.After(d)
	for {
		select {
		case e := <-board.Events():
			if e.Kind == hal.Fault {
				return time.Since(began), e.Err
			}
		case <-limit:
			return d, nil
		}
	}
}

// TestEachRelayHasItsCeiling: a station that has hung leaves no coil burning until another relay's ceiling.
func TestEachRelayHasItsCeiling(t *testing.T) {
	for relay, ceiling := range map[hal.Relay]time.Duration{"strike": time.Second, "gate": 5 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			_, board := guardedBoard(t)
			defer board.Close()
			if err := board.SetRelay(relay, true); err != nil {
				t.Fatal(err)
			}
			if _, err := faultWithin(board, ceiling); err != nil {
				t.Errorf("%s was cut within its ceiling: %v", relay, err)
			}
			if after, err := faultWithin(board, time.Second); err == nil || after > guardSlack {
				t.Errorf("%s was cut %v after its ceiling: %v", relay, after, err)
			}
		})
	}
}

// TestPulseOfTheWholeCeiling: a station in good health switches off before the guard has to.
func TestPulseOfTheWholeCeiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg, board := guardedBoard(t)
		defer board.Close()
		h := harnessFor(t, cfg)
		h.station.out.Board, h.station.out.Journal = board, nil // which live by the clock of the bubble
		h.station.open(time.Now(), "gate", 5*time.Second, "the test")
		time.Sleep(time.Until(h.station.Deadline()))
		synctest.Wait()
		h.station.Advance(time.Now())
		if _, err := faultWithin(board, time.Minute); err != nil {
			t.Errorf("the guard told of a relay that is off: %v", err)
		}
	})
}
