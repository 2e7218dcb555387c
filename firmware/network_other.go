//go:build !linux

package firmware

import (
	"context"
	"log/slog"
)

// WatchNetwork tells nothing on this system: a changed address is found out when a registration fails.
func WatchNetwork(context.Context, *slog.Logger) (<-chan struct{}, error) { return nil, nil }
