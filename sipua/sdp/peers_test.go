package sdp

import (
	"strings"
	"testing"
)

// peers are offers with the habits of telephones, exchanges and browsers that door stations meet, with the part of the
// answer that matters. The answering side can do everything, in the order Opus, G.722, PCMA, PCMU.
var peers = []struct {
	habit  string
	offer  []string // whole description
	answer []string // lines that must be there
	never  []string // text that must not
	want   string   // Send
	dtmf   string   // SendEvents
	keying Keying
	remote string
}{
	{
		habit: "router with DECT: c= in the medium, G.722 first, telephone-event without fmtp, rtcp attribute",
		offer: []string{"v=0", "o=user 7451293 7451293 IN IP4 192.168.178.1", "s=call", "c=IN IP4 192.168.178.1", "t=0 0",
			"m=audio 7078 RTP/AVP 9 8 0 2 102 100 99 101 97 120 121", "a=sendrecv", "a=rtpmap:2 G726-32/8000", "a=rtpmap:102 G726-32/8000",
			"a=rtpmap:100 G726-40/8000", "a=rtpmap:99 G726-24/8000", "a=rtpmap:97 iLBC/8000", "a=fmtp:97 mode=30",
			"a=rtpmap:120 PCMA/16000", "a=rtpmap:121 PCMU/16000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15",
			"a=rtcp:7079", "a=ptime:20"},
		answer: []string{"m=audio 4000 RTP/AVP 9 8 0 101", "a=rtpmap:9 G722/8000", "a=fmtp:101 0-15", "a=ptime:20"},
		never:  []string{"16000", "G726", "iLBC"},
		want:   "9 G722/8000, 8 PCMA/8000, 0 PCMU/8000", dtmf: "101 telephone-event/8000", remote: "192.168.178.1:7078",
	},
	{
		habit: "exchange: maxptime, odd spacing, no rtpmap for static numbers",
		offer: []string{"v=0", "o=- 1700000000 1700000000 IN IP4 192.0.2.5", "s=Asterisk", "c=IN IP4 192.0.2.5", "t=0 0",
			"m=audio 12466 RTP/AVP 8 0 101", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=ptime:20", "a=maxptime:140", "a=sendrecv"},
		answer: []string{"m=audio 4000 RTP/AVP 8 0 101"},
		want:   "8 PCMA/8000, 0 PCMU/8000", dtmf: "101 telephone-event/8000", remote: "192.0.2.5:12466",
	},
	{
		habit: "soft telephone: Opus under 96, two telephone-events, AVPF, feedback lines, custom attributes",
		offer: []string{"v=0", "o=alice 3216 1832 IN IP4 192.0.2.6", "s=Talk", "c=IN IP4 192.0.2.6", "t=0 0", "a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics",
			"a=record:off", "m=audio 55182 RTP/AVPF 96 97 98 0 8 18 101 99 100", "a=rtpmap:96 opus/48000/2", "a=fmtp:96 useinbandfec=1",
			"a=rtpmap:97 speex/16000", "a=fmtp:97 vbr=on", "a=rtpmap:98 speex/8000", "a=fmtp:98 vbr=on", "a=fmtp:18 annexb=yes",
			"a=rtpmap:101 telephone-event/48000", "a=rtpmap:99 telephone-event/16000", "a=rtpmap:100 telephone-event/8000",
			"a=rtcp-fb:* trr-int 5000", "a=rtcp-fb:* ccm tmmbr"},
		answer: []string{"m=audio 4000 RTP/AVPF 96 8 0 101 100", "a=rtpmap:96 opus/48000/2"},
		never:  []string{"speex", "G729", "rtcp-fb", "16000"},
		want:   "96 opus/48000/2, 8 PCMA/8000, 0 PCMU/8000", dtmf: "101 telephone-event/48000, 100 telephone-event/8000", remote: "192.0.2.6:55182",
	},
	{
		habit: "browser: DTLS, BUNDLE, rtcp-mux, port 9 and 0.0.0.0 in a=rtcp, candidates, mid, ssrc",
		offer: []string{"v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1", "a=extmap-allow-mixed", "a=msid-semantic: WMS s",
			"m=audio 50704 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126", "c=IN IP4 203.0.113.5", "a=rtcp:9 IN IP4 0.0.0.0",
			"a=candidate:1 1 udp 2122260223 203.0.113.5 50704 typ host", "a=ice-ufrag:abcd", "a=ice-pwd:0123456789abcdef01234567", "a=ice-options:trickle",
			"a=fingerprint:sha-256 AA:BB:CC", "a=setup:actpass", "a=mid:0", "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "a=sendrecv", "a=msid:s t",
			"a=rtcp-mux", "a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc", "a=fmtp:111 minptime=10;useinbandfec=1",
			"a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111", "a=rtpmap:9 G722/8000", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000", "a=rtpmap:13 CN/8000",
			"a=rtpmap:110 telephone-event/48000", "a=rtpmap:126 telephone-event/8000", "a=ssrc:1 cname:x",
			"m=video 9 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", "a=mid:1", "a=rtpmap:96 VP8/90000"},
		answer: []string{"m=audio 4000 UDP/TLS/RTP/SAVPF 111 9 8 0 110 126", "a=mid:0", "a=rtcp-mux", "a=setup:active", "a=fingerprint:sha-256 12:34", "m=video 0 UDP/TLS/RTP/SAVPF 96", "a=mid:1"},
		never:  []string{"candidate", "ice-", "BUNDLE", "ssrc", "red/"},
		want:   "111 opus/48000/2, 9 G722/8000, 8 PCMA/8000, 0 PCMU/8000", dtmf: "110 telephone-event/48000, 126 telephone-event/8000",
		keying: KeyingDTLS, remote: "203.0.113.5:50704",
	},
	{
		habit: "desk telephone with SRTP: several suites, key lifetime, unknown suites, SAVP",
		offer: []string{"v=0", "o=root 1 1 IN IP4 192.0.2.7", "s=call", "c=IN IP4 192.0.2.7", "t=0 0", "m=audio 62000 RTP/SAVP 8 0 101",
			"a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:" + theirs + "|2^31", "a=crypto:2 F8_128_HMAC_SHA1_80 inline:" + theirs,
			"a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:" + theirs + "|2^31", "a=rtpmap:8 pcma/8000", "a=rtpmap:0 pcmu/8000",
			"a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=encryption:required", "a=sendrecv"},
		answer: []string{"m=audio 4000 RTP/SAVP 8 0 101", "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:" + key30},
		never:  []string{"a=crypto:1 ", "F8_", "encryption"},
		want:   "8 PCMA/8000, 0 PCMU/8000", dtmf: "101 telephone-event/8000", keying: KeyingSDES, remote: "192.0.2.7:62000",
	},
	{
		habit: "the same microphone twice, encrypted first, plain second",
		offer: []string{"v=0", "o=- 1 1 IN IP4 192.0.2.8", "s=-", "c=IN IP4 192.0.2.8", "t=0 0",
			"m=audio 50000 RTP/SAVP 8", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + theirs, "m=audio 50000 RTP/AVP 8"},
		answer: []string{"m=audio 4000 RTP/SAVP 8", "m=audio 0 RTP/AVP 8"},
		want:   "8 PCMA/8000", keying: KeyingSDES, remote: "192.0.2.8:50000",
	},
	{
		habit: "carrier: session-level bandwidth and connection, comfort noise, fax refused later",
		offer: []string{"v=0", "o=PVG 1700 1700 IN IP4 198.51.100.20", "s=-", "p=+1 6135555555", "c=IN IP4 198.51.100.20", "b=AS:80", "t=0 0",
			"m=audio 17000 RTP/AVP 8 18 13 96", "b=AS:80", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-15,16", "a=ptime:20", "a=gpmd:18 vad=no"},
		answer: []string{"m=audio 4000 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/8000"},
		never:  []string{"b=AS", "CN/", "gpmd"},
		want:   "8 PCMA/8000", dtmf: "96 telephone-event/8000", remote: "198.51.100.20:17000",
	},
	{
		habit: "video telephone: second c=, video between, content attribute",
		offer: []string{"v=0", "o=- 9 9 IN IP4 192.0.2.9", "s=-", "c=IN IP4 192.0.2.250", "t=0 0",
			"m=video 6000 RTP/AVP 97", "a=rtpmap:97 H264/90000", "a=fmtp:97 profile-level-id=42801F", "a=content:main",
			"m=audio 6002 RTP/AVP 9", "c=IN IP4 192.0.2.9", "a=rtpmap:9 G722/8000/1"},
		answer: []string{"m=video 0 RTP/AVP 97", "m=audio 4000 RTP/AVP 9"},
		never:  []string{"H264"},
		want:   "9 G722/8000", remote: "192.0.2.9:6002",
	},
	{
		habit: "old gateway: LF ends, upper-case names, G.722 with its sample rate, no s=",
		offer: []string{"v=0", "o=GW 1 1 IN IP4 192.0.2.11", "c=IN IP4 192.0.2.11", "t=0 0", "m=audio 30000 RTP/AVP 9 0 101",
			"a=RTPMAP:9 g722/16000", "a=rtpmap:101 TELEPHONE-EVENT/8000", "a=SendRecv"},
		answer: []string{"m=audio 4000 RTP/AVP 9 0 101", "a=rtpmap:9 G722/8000"},
		want:   "9 G722/8000, 0 PCMU/8000", dtmf: "101 telephone-event/8000", remote: "192.0.2.11:30000",
	},
	{
		habit:  "music on hold of an exchange: sendonly with the address of its music server",
		offer:  []string{"v=0", "o=- 5 7 IN IP4 192.0.2.12", "s=-", "c=IN IP4 192.0.2.13", "t=0 0", "m=audio 20000 RTP/AVP 8", "a=sendonly"},
		answer: []string{"m=audio 4000 RTP/AVP 8", "a=recvonly"}, want: "8 PCMA/8000", remote: "192.0.2.13:20000",
	},
	{
		habit:  "hold of RFC 2543: address of zeros",
		offer:  []string{"v=0", "o=- 5 8 IN IP4 192.0.2.12", "s=-", "c=IN IP4 0.0.0.0", "t=0 0", "m=audio 20000 RTP/AVP 8"},
		answer: []string{"m=audio 4000 RTP/AVP 8", "a=recvonly"}, want: "8 PCMA/8000", remote: "invalid AddrPort",
	},
}

func TestPeers(t *testing.T) {
	for _, peer := range peers {
		t.Run(peer.habit, func(t *testing.T) {
			offer := lines(peer.offer...)
			if strings.HasPrefix(peer.habit, "old gateway") {
				offer = strings.Join(peer.offer, "\n")
			}
			answer, n := answered(t, newExchange(t, everything), []byte(offer))
			wantLines(t, answer, peer.answer...)
			for _, text := range peer.never {
				if strings.Contains(answer, text) {
					t.Errorf("%q is in the answer\n%s", text, answer)
				}
			}
			if got := numbersOf(n.Send); got != peer.want {
				t.Errorf("send %s, want %s", got, peer.want)
			}
			if got := numbersOf(n.SendEvents); got != peer.dtmf {
				t.Errorf("events %q, want %q", got, peer.dtmf)
			}
			if n.Keying != peer.keying || n.RemoteRTP.String() != peer.remote {
				t.Errorf("keying %v to %v, want %v to %s", n.Keying, n.RemoteRTP, peer.keying, peer.remote)
			}
			checkAnswer(t, []byte(offer), []byte(answer), n)
		})
	}
}

// TestPeersTruncated: every beginning of these offers is answered in accord with RFC 3264 or refused, and what was
// agreed before holds on when it is refused.
func TestPeersTruncated(t *testing.T) {
	for _, peer := range peers {
		offer := lines(peer.offer...)
		for i := 0; i < len(offer); i += 3 {
			x := newExchange(t, everything)
			before, _ := answered(t, x, remote("m=audio 5000 RTP/AVP 8"))
			answer, n, err := x.Answer([]byte(offer[:i]))
			if err != nil {
				if again, _ := answered(t, x, remote("m=audio 5000 RTP/AVP 8")); again != before {
					t.Fatalf("an offer that was refused changed the answer to\n%s", again)
				}
				continue
			}
			if len(n.Send) > 0 {
				checkAnswer(t, []byte(offer[:i]), answer, n)
			}
		}
	}
}

// TestOpusAlone: of Opus and telephone-event/8000 alone a telephone's keys still arrive.
func TestOpusAlone(t *testing.T) {
	x := newExchange(t, everything)
	_, n := answered(t, x, remote("m=audio 5000 RTP/AVP 107 101", "a=rtpmap:107 opus/48000/2", "a=rtpmap:101 telephone-event/8000"))
	if len(n.ReceiveEvents) != 1 || n.ReceiveEvents[0].ClockRate != 8000 || n.ReceiveEvents[0].Fmtp != "0-15" {
		t.Errorf("events %+v", n.ReceiveEvents)
	}
}
