package simnet

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a test leaves a goroutine behind: a closed socket must let everybody go.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
