package main

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is the release's name; the linker sets it (-X main.version=...).
var version string

// versionCommand answers the first question of every report of a fault.
func versionCommand() command {
	return command{
		name:     "version",
		summary:  "say which release and build this is",
		details:  "Prints the release, the commit it was built from, and with which Go for which processor.",
		examples: []string{"version"},
		setup: func(*flag.FlagSet) action {
			return func(_ context.Context, s streams, _ []string) int {
				build, _ := debug.ReadBuildInfo()
				fmt.Fprintln(s.out, describe(version, build))
				return exitOK
			}
		},
	}
}

// describe writes one line about a build. A build outside of a repository knows no commit, and a nil one nothing.
func describe(release string, build *debug.BuildInfo) string {
	var commit, dirty, arm string
	if build != nil {
		if release == "" {
			release = build.Main.Version
		}
		for _, s := range build.Settings {
			switch s.Key {
			case "vcs.revision":
				commit = ", commit " + s.Value[:min(12, len(s.Value))]
			case "vcs.modified":
				if s.Value == "true" {
					dirty = " with changes"
				}
			case "GOARM":
				arm = "v" + s.Value
			}
		}
	}
	if release == "" {
		release = "unknown"
	}
	return fmt.Sprintf("intercom %s%s%s, %s %s/%s%s", release, commit, dirty, runtime.Version(), runtime.GOOS, runtime.GOARCH, arm)
}
