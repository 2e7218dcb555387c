package firmware

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"intercom/firmware/config"
	"intercom/hal"
	"intercom/hal/rpi"
	"intercom/hal/sim"
)

// OpenBoard opens the board of the configuration, under the guard of Guarded.
// control serves the simulated board's line protocol on a listener; it is nil unless the configuration names a socket. A nil
// log is silent. Call it before anything else opens files: see the limitations of package hal/rpi.
func OpenBoard(cfg *config.Config, log *slog.Logger) (board hal.Board, control func(net.Listener) error, err error) {
	switch cfg.Board.Type {
	case config.BoardSim:
		s, err := sim.New(sim.Config{Wiring: WiringOf(cfg)})
		if err != nil {
			return nil, nil, err
		}
		if board, err = withSound(s, cfg); err != nil {
			return nil, nil, errors.Join(err, s.Close())
		}
		if cfg.Board.Control != "" {
			control = s.Serve
		}
		return Guarded(board, cfg), control, nil
	case config.BoardRPi:
		b, err := rpi.Open(rpi.Config{Wiring: WiringOf(cfg), Logger: log})
		if err != nil {
			return nil, nil, fmt.Errorf("%w; to try the door without hardware: --board sim", err)
		}
		return Guarded(b, cfg), nil, nil
	}
	panic("BUG: a board type that the configuration refuses: " + string(cfg.Board.Type))
}

// guardSlack is how much later than the station the guard acts: in good health it never has to.
const guardSlack = 250 * time.Millisecond

// Guarded wraps a board in the guard that enforces each relay's ceiling by itself, whatever becomes of the station.
func Guarded(board hal.Board, cfg *config.Config) hal.Board {
	ceilings := map[hal.Relay]time.Duration{}
	for _, r := range cfg.Relays {
		ceilings[hal.Relay(r.Name)] = r.Ceiling + guardSlack
	}
	return hal.GuardEach(board, ceilings)
}
