package transport

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a test leaves a goroutine behind: a door station runs for years.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
