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

// OpenBoard opens the board of the configuration, under the guard that enforces the relays' longest ceiling by itself.
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
		return hal.Guard(board, ceiling(cfg)), control, nil
	case config.BoardRPi:
		b, err := rpi.Open(rpi.Config{Wiring: WiringOf(cfg), Logger: log})
		if err != nil {
			return nil, nil, fmt.Errorf("%w; to try the door without hardware: --board sim", err)
		}
		return hal.Guard(b, ceiling(cfg)), nil, nil
	}
	panic("BUG: a board type that the configuration refuses: " + string(cfg.Board.Type))
}

// ceiling is the longest any relay may be on.
func ceiling(cfg *config.Config) time.Duration {
	var longest time.Duration
	for _, r := range cfg.Relays {
		longest = max(longest, r.Ceiling)
	}
	return longest
}
