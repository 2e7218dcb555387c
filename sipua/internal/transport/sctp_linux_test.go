package transport

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"intercom/sipua/sip"
)

// hasSCTP asks the kernel.
func hasSCTP() bool {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_SCTP)
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
}

// TestSCTP does the round trip where the kernel can, and else holds that the error says what to do.
func TestSCTP(t *testing.T) {
	w := &world{T: t, door: HostNetwork{}, desk: HostNetwork{}, doorAddr: "127.0.0.1:0", deskAddr: "127.0.0.1:0", isReal: true}
	if hasSCTP() {
		door, desk := w.pair(sip.SCTP, Limits{})
		f := door.flowTo(sip.SCTP, desk)
		door.Send(f, request("1", 0))
		got := desk.wantRequest("1")
		desk.Send(got.Flow, response(got.Message))
		door.wantResponse("1")
		return
	}
	_, err := Open(Config{Listen: []Listen{{sip.SCTP, "127.0.0.1:0"}}})
	if err == nil || !errors.Is(err, unix.EPROTONOSUPPORT) || !strings.Contains(err.Error(), "load its module") {
		t.Errorf("listening: %v", err)
	}
	_, err = HostNetwork{}.Dial(context.Background(), "sctp", "127.0.0.1:5060")
	if !errors.Is(err, unix.EPROTONOSUPPORT) {
		t.Errorf("dialling: %v", err)
	}
}

func TestSCTPAddresses(t *testing.T) {
	for _, address := range []string{"", "desk.example:5060", "192.0.2.1", "192.0.2.1:70000"} {
		if _, err := (HostNetwork{}).Dial(context.Background(), "sctp", address); err == nil || !strings.Contains(err.Error(), "numeric") {
			t.Errorf("%q: %v", address, err)
		}
	}
	for address, family := range map[string]int{":5060": unix.AF_INET6, "192.0.2.1:5060": unix.AF_INET, "[::ffff:192.0.2.1]:5060": unix.AF_INET} {
		ap, err := parseListen(address)
		if got, _ := sockaddrOf(ap); err != nil || got != family {
			t.Errorf("%q: family %d, %v", address, got, err)
		}
	}
}

// kernelTCP serves TCP by the sockets SCTP is served by.
type kernelTCP struct{ HostNetwork }

func (kernelTCP) Listen(_ context.Context, _, address string) (net.Listener, error) {
	return listenStream(unix.IPPROTO_TCP, address)
}

func (kernelTCP) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	return dialStream(ctx, unix.IPPROTO_TCP, address)
}

// TestKernelStream holds that sockets made by hand serve as those of package net do.
func TestKernelStream(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		w := &world{T: t, door: kernelTCP{}, desk: kernelTCP{}, doorAddr: addr, deskAddr: addr, isReal: true}
		door, desk := w.pair(sip.TCP, Limits{})
		f := door.flowTo(sip.TCP, desk)
		door.Send(f, request("1", 0))
		got := desk.wantRequest("1")
		desk.Send(got.Flow, response(got.Message))
		if back := door.wantResponse("1"); back.Flow != f {
			t.Errorf("the response came over %+v, want %+v", back.Flow, f)
		}
		door.Close()
		desk.want("the end", Failed)

		gone := desk.addr(sip.TCP)
		desk.Close()
		if _, err := dialStream(context.Background(), unix.IPPROTO_TCP, gone.String()); !errors.Is(err, unix.ECONNREFUSED) {
			t.Errorf("%v: %v", gone, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := dialStream(ctx, unix.IPPROTO_TCP, "127.0.0.1:1"); err == nil {
		t.Error("dialling with an ended context succeeded")
	}
}
