package sdp_test

import (
	"fmt"
	"net/netip"

	"intercom/sipua/sdp"
)

// capabilities of a door station that prefers G.722.
var capabilities = sdp.Capabilities{
	Codecs: []sdp.Codec{
		{Name: "G722", ClockRate: 8000, PayloadType: 9},
		{Name: "PCMA", ClockRate: 8000, PayloadType: 8},
	},
	Events: "0-15",
}

// A call that the door begins: offer in the INVITE, answer in the 200.
func ExampleExchange_MakeOffer() {
	x, err := sdp.New(sdp.Config{
		Capabilities: capabilities, Local: sdp.Endpoint{RTP: netip.MustParseAddrPort("192.0.2.10:4000")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = x.MakeOffer() // the body of the INVITE
	negotiated, err := x.Accept([]byte("v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n" +
		"m=audio 5004 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("send", negotiated.Send[0].Name, "as", negotiated.Send[0].PayloadType, "to", negotiated.RemoteRTP)
	fmt.Println("keys as", negotiated.SendEvents[0].PayloadType, "direction", negotiated.Direction)
	// Output:
	// send PCMA as 8 to 192.0.2.20:5004
	// keys as 101 direction sendrecv
}

// A call that comes in with an offer nobody here can use: the Warning of the 488.
func ExampleWarning() {
	x, err := sdp.New(sdp.Config{
		Capabilities: capabilities, Local: sdp.Endpoint{RTP: netip.MustParseAddrPort("192.0.2.10:4000")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _, err = x.Answer([]byte("v=0\r\nc=IN IP4 192.0.2.20\r\nm=audio 5004 RTP/AVP 18\r\n"))
	fmt.Println(sdp.Warning(err, "door.example"))
	// Output:
	// 305 door.example "no common codec: offered are G729/8000"
}
