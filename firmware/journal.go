package firmware

import (
	"log/slog"
	"time"
)

// LogJournal writes the station's diary to a log. Notes hold no digit of any code.
type LogJournal struct{ Logger *slog.Logger }

// Note implements Journal.
func (j LogJournal) Note(_ time.Time, n Note) {
	args := []any{"state", n.State.String()}
	for _, f := range []struct{ key, value string }{{"name", n.Name}, {"text", n.Text}} {
		if f.value != "" {
			args = append(args, f.key, f.value)
		}
	}
	if n.Leg != 0 {
		args = append(args, "call", uint64(n.Leg))
	}
	if n.Status != 0 {
		args = append(args, "status", n.Status)
	}
	if !n.Until.IsZero() {
		args = append(args, "until", n.Until.Format(time.TimeOnly))
	}
	if n.Err != nil {
		args = append(args, "error", n.Err)
		j.Logger.Warn(n.Kind.String(), args...)
		return
	}
	j.Logger.Info(n.Kind.String(), args...)
}
