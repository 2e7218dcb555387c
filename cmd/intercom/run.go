package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"intercom/firmware"
	"intercom/firmware/config"
)

func runCommand() command {
	return command{
		name:    "run",
		args:    "--config FILE",
		summary: "run the door station",
		details: "Runs the door of the configuration FILE until it is interrupted (SIGINT, SIGTERM). It then switches relays and lamps\n" +
			"off, hangs up and removes its registrations. The log goes to standard error. With the simulated board, [board]\n" +
			"control names a unix socket on which lines such as \"press front\" and \"relay strike?\" are understood.",
		examples: []string{
			"run --config /etc/intercom/intercom.toml", "run --config door.toml --board sim  # without hardware",
			"run --config door.toml --trace /tmp/door.pcap  # SIP messages for wireshark",
		},
		setup: func(flags *flag.FlagSet) action {
			path := flags.String("config", "", "the configuration `FILE`")
			board := flags.String("board", "", "`board` rpi or sim, in place of [board] type")
			traceFile := flags.String("trace", "", traceUsage)
			return func(ctx context.Context, s streams, _ []string) int {
				if *path == "" {
					fmt.Fprintln(s.err, "intercom run: --config FILE is missing; `intercom demo` needs none")
					return exitUsage
				}
				return runDoor(ctx, s, *path, *board, *traceFile)
			}
		},
	}
}

func runDoor(ctx context.Context, s streams, path, board, traceFile string) int {
	cfg, err := readConfig(s, path)
	if err != nil {
		fmt.Fprintln(s.err, err)
		return exitFault
	}
	switch t := config.BoardType(board); t {
	case "":
	case config.BoardRPi, config.BoardSim:
		cfg.Board.Type = t
	default:
		fmt.Fprintf(s.err, "intercom run: --board %q is unknown: choose rpi or sim\n", board)
		return exitUsage
	}
	for _, w := range cfg.Warnings {
		fmt.Fprintf(s.err, "warning: %v\n", w)
	}
	lines := newPatient(s.err)
	log := logger(lines, cfg.Log)
	tracer, err := openTrace(traceFile, log)
	if err != nil {
		fmt.Fprintf(s.err, "intercom run: %v\n", err)
		return exitUsage
	}
	err = errors.Join(serve(ctx, log, cfg, tracer), tracer.close())
	if err := errors.Join(err, lines.Close()); err != nil {
		tellFault(s.err, err)
		return exitFault
	}
	return exitOK
}

// tellFault writes why the door has ended, and where, if it was a panic: that is a fault of the program, to be reported.
func tellFault(w io.Writer, err error) {
	fmt.Fprintf(w, "intercom: %v\n", err)
	var p *firmware.PanicError
	if errors.As(err, &p) {
		fmt.Fprintf(w, "please report this fault of the program, with what follows (version %s):\n%s", version, p.Stack)
	}
}

// serve opens the board and lives the door's life.
func serve(ctx context.Context, log *slog.Logger, cfg *config.Config, tracer *tracer) error {
	b, control, err := firmware.OpenBoard(cfg, log)
	if err != nil {
		return err
	}
	changes, err := firmware.WatchNetwork(ctx, log)
	if err != nil {
		log.Warn("a changed address is noticed late", "error", err)
	}
	parts := firmware.Parts{Config: cfg, Board: b, Logger: log, Changes: changes,
		Instance: firmware.InstanceID(os.DirFS("/"), cfg.Station.Name), Journal: firmware.LogJournal{Logger: log}}
	if tracer != nil {
		parts.Watch = func(w firmware.Watched) { tracer.watch(cfg.Station.Name, w) }
	}
	door, err := firmware.New(parts)
	if err != nil {
		return err
	}
	if control != nil {
		listener, err := controlSocket(cfg.Board.Control)
		if err != nil {
			return errors.Join(err, b.Close())
		}
		defer listener.Close()
		go func() {
			if err := control(listener); err != nil {
				log.Error("control socket ended", "error", err)
			}
		}()
	}
	log.Info("the door is ready", "station", cfg.Station.Name, "board", cfg.Board.Type, "version", version)
	return door.Run(ctx)
}

// controlSocket listens on a unix socket, in place of one that a process which is no more has left behind.
func controlSocket(path string) (net.Listener, error) {
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		conn.Close()
		return nil, fmt.Errorf("[board] control: %s is in use by another process; stop that one, or name another path", path)
	}
	if info, err := os.Stat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("[board] control: %w", err)
		}
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("[board] control: %w; name a path in a folder that exists and may be written", err)
	}
	return l, nil
}

// logger writes what the configuration asks for.
func logger(w io.Writer, c config.Log) *slog.Logger {
	levels := map[config.Level]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	options := &slog.HandlerOptions{Level: levels[c.Level]}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
