package transport_test

import (
	"fmt"
	"net/netip"

	"intercom/sipua/internal/transport"
	"intercom/sipua/simnet"
	"intercom/sipua/sip"
)

// A desk phone answers the door's OPTIONS over the connection it came on.
func Example() {
	n := simnet.New(simnet.Config{})
	door, err := transport.Open(transport.Config{Network: n.Host(netip.MustParseAddr("192.0.2.1"))})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer door.Close()
	desk, err := transport.Open(transport.Config{
		Network: n.Host(netip.MustParseAddr("192.0.2.2")),
		Listen:  []transport.Listen{{Transport: sip.TCP, Address: "192.0.2.2:5060"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer desk.Close()

	f := door.FlowTo(sip.TCP, desk.Local(sip.TCP)[0], "")
	door.Send(f, []byte("OPTIONS sip:desk@example.com SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\n"+
		"From: <sip:door@example.com>;tag=1\r\nTo: <sip:desk@example.com>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"+
		"Content-Length: 0\r\n\r\n"))

	asked := <-desk.Events()
	fmt.Println(asked.Message.Method, "over", asked.Flow.Transport)
	desk.Send(asked.Flow, sip.NewResponse(asked.Message, 200, "").Append(nil))

	answer := <-door.Events()
	fmt.Println(answer.Message.Status, answer.Flow == f)
	// Output:
	// OPTIONS over TCP
	// 200 true
}
