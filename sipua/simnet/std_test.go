package simnet

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// The standard library's own users of net.Conn are the strictest judges of one.

func TestHTTPOverTheNet(t *testing.T) {
	inWorld(t, Config{Seed: 1, Link: Link{Delay: 5 * time.Millisecond, Jitter: 20 * time.Millisecond, Loss: 0.05}}, func(w *world) {
		l, err := w.desk.Listen(context.Background(), "tcp", ":80")
		if err != nil {
			w.Fatal(err)
		}
		server := &http.Server{Handler: http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			io.Copy(out, in.Body)
		})}
		var wg sync.WaitGroup
		wg.Go(func() { server.Serve(l) })
		transport := &http.Transport{DialContext: w.door.Dial}
		client := &http.Client{Transport: transport}
		body := bytes.Repeat([]byte("ding dong "), 30_000)
		for range 5 {
			r, err := client.Post("http://192.0.2.2/", "text/plain", bytes.NewReader(body))
			if err != nil {
				w.Fatal(err)
			}
			got, err := io.ReadAll(r.Body)
			r.Body.Close()
			if err != nil || !bytes.Equal(got, body) {
				w.Errorf("%d of %d bytes came back: %v", len(got), len(body), err)
			}
		}
		transport.CloseIdleConnections()
		server.Close()
		wg.Wait()
		pass(time.Second) // the server takes half a second to let a connection go
	})
}

// selfSigned makes a certificate nobody trusts.
func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestTLSOverTheNet(t *testing.T) {
	inWorld(t, Config{Link: Link{Delay: 10 * time.Millisecond}}, func(w *world) {
		door, desk := w.stream()
		server := tls.Server(desk, &tls.Config{Certificates: []tls.Certificate{selfSigned(w.T)}})
		client := tls.Client(door, &tls.Config{InsecureSkipVerify: true})
		var wg sync.WaitGroup
		wg.Go(func() {
			io.Copy(server, server)
			server.Close()
		})
		start := time.Now()
		if _, err := client.Write([]byte("hello")); err != nil {
			w.Fatal(err)
		}
		w.wantData("the echo", client, "hello")
		w.wantAfter("a round trip for the handshake, one for the echo", start, 40*time.Millisecond)
		client.CloseWrite()
		if _, err := client.Read(make([]byte, 1)); err != io.EOF {
			w.Errorf("after close_notify: %v, want EOF", err)
		}
		wg.Wait()
		client.Close()
	})
}

// TestManyConversations runs datagrams and streams between many hosts at once, for the race detector.
func TestManyConversations(t *testing.T) {
	inWorld(t, Config{Seed: 9, Link: Link{Jitter: 10 * time.Millisecond, Reorder: 0.1, Duplicate: 0.1}}, func(w *world) {
		l, err := w.desk.Listen(context.Background(), "tcp", ":5060")
		if err != nil {
			w.Fatal(err)
		}
		echo := w.packet(w.desk, ":5060")
		var servers, clients sync.WaitGroup
		servers.Go(func() { serveDatagrams(echo) })
		servers.Go(func() { serveStreams(l, &servers) })
		for i := range 20 {
			h := w.net.Host(netipAddr(fmt.Sprintf("198.51.100.%d", i+1)))
			clients.Go(func() {
				c := w.dial(h, "tcp", "192.0.2.2:5060")
				defer c.Close()
				for j := range 20 {
					fmt.Fprintf(c, "%02d %02d", i, j)
					got := make([]byte, 5)
					if _, err := io.ReadFull(c, got); err != nil || string(got) != fmt.Sprintf("%02d %02d", i, j) {
						w.Errorf("stream %d: %q, %v", i, got, err)
					}
				}
			})
			clients.Go(func() {
				c := w.dial(h, "udp", "192.0.2.2:5060")
				defer c.Close()
				for j := range 20 {
					fmt.Fprintf(c, "%d %d", i, j)
					if _, err := c.Read(make([]byte, 10)); err != nil {
						w.Errorf("datagrams %d: %v", i, err)
					}
				}
			})
		}
		clients.Wait()
		l.Close()
		echo.Close()
		servers.Wait()
	})
}

func serveDatagrams(c net.PacketConn) {
	buf := make([]byte, 100)
	for {
		n, src, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		c.WriteTo(buf[:n], src)
	}
}

func serveStreams(l net.Listener, wg *sync.WaitGroup) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		wg.Go(func() {
			io.Copy(c, c)
			c.Close()
		})
	}
}
