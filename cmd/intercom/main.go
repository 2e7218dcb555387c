package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// main lends run the process: its streams, its signals and its exit code. An interrupt ends the context, so that a door
// in use is closed in order; a second one kills, for stop restores the default.
func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
