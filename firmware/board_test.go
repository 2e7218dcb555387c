package firmware

import (
	"strings"
	"testing"

	"intercom/firmware/config"
)

// TestBoardOfTheDevice: without --board sim a door drives real lines. Where there are none, or the wiring names a chip that is
// not there, it says so, with a way to try it all the same; it never runs on nothing.
func TestBoardOfTheDevice(t *testing.T) {
	cfg, err := config.Parse("pi.toml", []byte("[[relay]]\nname = \"strike\"\nchip = \"chip-of-no-machine\"\nline = 27\n"))
	if err != nil {
		t.Fatal(err)
	}
	board, _, err := OpenBoard(cfg, nil)
	if err == nil {
		board.Close()
		t.Fatal("a board was opened on a chip that does not exist")
	}
	if !strings.Contains(err.Error(), "--board sim") {
		t.Errorf("no cure in %q", err)
	}
}
