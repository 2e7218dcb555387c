package dtmf

import "testing"

// A digit counts three times: its end is sent three times (RFC 4733 section 2.5.1.4), and a receiver that goes by packets
// instead of their timestamp opens no door with 4711 or any door with 1 (ha-plugins #73). The list of such faults stands
// with package sipua.
func TestFieldBug20DigitCountsThreeTimes(t *testing.T) {
	var r Receiver
	var heard string
	for i, digit := range "4711" {
		packets := press(uint16(10*i), uint32(2000*(i+1)), byte(digit))
		heard += receive(&r, packets)
		heard += receive(&r, packets[1:]) // a switch on the way doubles the ends as well
	}
	if heard != "4711" {
		t.Errorf("heard %q", heard)
	}
	if d, err := ParseInfo("application/dtmf-relay", []byte("Signal= 7\r\nDuration= 160\r\n")); err != nil || d.Digit != '7' {
		t.Errorf("by INFO: %+v, %v", d, err)
	}
}
