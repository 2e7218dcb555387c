package firmware

import (
	"time"

	"intercom/firmware/config"
	"intercom/hal"
)

// WiringOf tells the board which line is what.
func WiringOf(cfg *config.Config) hal.Wiring {
	w := hal.Wiring{WithoutI2S: !cfg.Board.I2S}
	for _, b := range cfg.Buttons {
		line := inputLine(b.Name, b.Pin, b.ActiveLow, b.Bias, b.Debounce)
		line.MinPress, line.Stuck = orNever(b.MinPress), orNever(b.Stuck)
		w.Buttons = append(w.Buttons, line)
	}
	for _, in := range cfg.Inputs {
		w.Inputs = append(w.Inputs, inputLine(in.Name, in.Pin, in.ActiveLow, in.Bias, in.Debounce))
	}
	for _, l := range cfg.Lamps {
		w.Lamps = append(w.Lamps, hal.OutputLine{Name: l.Name, Chip: l.Chip, Offset: l.Line, ActiveLow: l.ActiveLow})
	}
	for _, r := range cfg.Relays {
		w.Relays = append(w.Relays, hal.OutputLine{Name: r.Name, Chip: r.Chip, Offset: r.Line, ActiveLow: r.ActiveLow})
	}
	return w
}

// inputLine is what buttons and contacts have in common.
func inputLine(name string, pin config.Pin, activeLow bool, bias config.Bias, settle time.Duration) hal.InputLine {
	line := hal.InputLine{Name: name, Chip: pin.Chip, Offset: pin.Line, ActiveLow: activeLow, Settle: settle}
	switch bias {
	case config.PullUp:
		line.Bias = hal.BiasUp
	case config.PullDown:
		line.Bias = hal.BiasDown
	case config.NoBias:
		line.Bias = hal.BiasNone
	}
	return line
}

// orNever translates the configuration's "0 = never" to the board's, where 0 is a default.
func orNever(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}

// MessageOf translates what the board saw; ok is false for events the station need not know. A button that is
// released is not stuck any more.
func MessageOf(e hal.Event) (m Message, ok bool) {
	switch e.Kind {
	case hal.Pressed:
		return Pressed{e.Name}, true
	case hal.InputOn, hal.InputOff:
		return InputChanged{e.Name, e.Kind == hal.InputOn, e.Initial}, true
	case hal.Fault:
		return Faulted{Part: "board " + e.Name, Err: e.Err}, true
	case hal.Released:
		return Faulted{Part: "board " + e.Name}, true
	default:
		return nil, false
	}
}
