package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// sources is how many addresses the flood comes from.
const sources = 100

// startFlood runs this program again as the flood, so that its CPU is not the house's.
func startFlood(target string, rate int) (stop func() (int, error), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := exec.Command(self, "-flood", target, "-rate", strconv.Itoa(rate))
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	lines.Scan() // it has begun
	return func() (sent int, err error) {
		in.Close()
		lines.Scan()
		if _, err := fmt.Sscan(lines.Text(), &sent); err != nil {
			return 0, fmt.Errorf("the flood: %w", err)
		}
		return sent, c.Wait()
	}, nil
}

// floodUntilEnd is the second process: junk until in ends, then a line with the number sent.
func floodUntilEnd(in io.Reader, out io.Writer, target string, rate int) error {
	to, err := netip.ParseAddrPort(target)
	if err != nil {
		return fmt.Errorf("-flood: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		io.Copy(io.Discard, in)
		close(ended)
	}()
	var sockets []*net.UDPConn
	for i := range sources {
		c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 1, 0, byte(i+1))})
		if err != nil {
			return err
		}
		defer c.Close()
		sockets = append(sockets, c)
	}
	fmt.Fprintln(out, "begun")
	sent := pour(ended, sockets, to, rate)
	_, err = fmt.Fprintln(out, sent)
	return err
}

// pour keeps to the rate on the whole: what a late tick has missed follows.
func pour(ended <-chan struct{}, sockets []*net.UDPConn, to netip.AddrPort, rate int) (sent int) {
	all := junk(to.String())
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	began := time.Now()
	for {
		select {
		case <-ended:
			return sent
		case now := <-ticker.C:
			for due := int(now.Sub(began).Seconds() * float64(rate)); sent < due; sent++ {
				sockets[sent%len(sockets)].WriteToUDPAddrPort(all[sent%len(all)], to)
			}
		}
	}
}

// junk is what comes to an open port: scanners, guesses at calls that stand, garbage and what breaks parsers.
func junk(to string) [][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	var all [][]byte
	for i := range 500 {
		method := []string{"OPTIONS", "REGISTER", "INVITE", "BYE", "CANCEL"}[i%5]
		body := ""
		if method == "INVITE" {
			body = offerSDP
		}
		all = append(all, request(method, to, i, body))
	}
	for i := range 100 {
		b := make([]byte, 1+random.IntN(1400))
		for j := range b {
			b[j] = byte(random.Uint32())
		}
		all = append(all, b)
		all = append(all, []byte(strings.Replace(string(request("INVITE", to, i, offerSDP)), "Content-Length: ", "Content-Length: -", 1)))
		all = append(all, request("INVITE", to, i, offerSDP)[:50+i*3])
		all = append(all, []byte(strings.Replace(string(request("OPTIONS", to, i, "")), "Max-Forwards: 70", strings.Repeat("Via: SIP/2.0/UDP a,b,,\r\n", i), 1)))
		all = append(all, fmt.Appendf(nil, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: %d\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n", to, i, i))
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// request is one of a scanner.
func request(method, to string, i int, body string) []byte {
	return fmt.Appendf(nil, "%s sip:%d@%s SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.%d:5060;branch=z9hG4bK-%d;rport\r\nMax-Forwards: 70\r\n"+
		"From: \"sipvicious\" <sip:100@1.1.1.1>;tag=%d\r\nTo: \"sipvicious\" <sip:100@1.1.1.1>\r\nCall-ID: %d\r\nCSeq: 1 %s\r\n"+
		"Contact: <sip:100@203.0.113.9:5060>\r\nUser-Agent: friendly-scanner\r\nAccept: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
		method, 100+i, to, i%250, i, i, i, method, len(body), body)
}
