package stream

import (
	"log/slog"
	"time"

	"intercom/audio/jitter"
)

// Report is what is known of a stream, at any time and at its end.
type Report struct {
	Duration time.Duration // from the first frame to the last
	Codec    string        // what is sent: "PCMA/8000"
	Remote   string        // where to

	Sent        int   // RTP packets
	SentOctets  int   // their payloads
	SendFailed  int   // refused by codec or socket
	SendSkipped int   // not sent because no address is known
	Near        Level // microphone, as sent

	Received  int           // RTP packets of the peer
	Lost      int           // missing by sequence number, RFC 3550
	Jitter    time.Duration // RFC 3550
	Buffer    jitter.Counters
	Target    time.Duration // play-out delay aimed at when the report was made
	Concealed time.Duration // sound that had to be made up
	Recovered int           // lost packets made from the redundancy of the next one
	Shortened time.Duration // sound left out, and
	Stretched time.Duration // added, by time scaling
	Far       Level         // what was received, as played

	Malformed int // datagrams that are no RTP or RTCP
	Foreign   int // packets of somebody else
	Refused   int // packets that did not authenticate by SRTP, or came in the clear
	Unknown   int // packets of payload types that were not negotiated
	Undecoded int // packets that the codec refused
	Dropped   int // datagrams that the engine came too late for
	Missed    int // events that nobody took

	RoundTrip  time.Duration // by RTCP; 0 = unknown
	PeerLost   int           // of our packets, by the peer's reports
	PeerJitter time.Duration // as the peer sees it
}

func (s *Stream) report() Report {
	r := Report{
		Codec: s.send.format.Name, Remote: s.destination().String(),
		Sent: s.send.packets, SentOctets: s.send.octets, SendFailed: s.send.failed, SendSkipped: s.send.skipped, Near: s.send.meter.level(),
		Received: s.receive.stats.received, Lost: s.receive.stats.lost(), Target: s.receive.buffer.Target(),
		Jitter: time.Duration(s.receive.stats.jitter * float64(time.Second)), Buffer: s.receive.buffer.Counters(),
		Concealed: time.Duration(s.receive.buffer.Counters().Concealed) * frameTime,
		Recovered: s.receive.recovered, Shortened: s.receive.shortened, Stretched: s.receive.stretched, Far: s.receive.meter.level(),
		Malformed: s.receive.malformed + s.control.malformed, Foreign: s.receive.foreign, Refused: s.guard.refused, Unknown: s.receive.unknown,
		Undecoded: s.receive.undecoded, Dropped: int(s.sockets.dropped.Load()), Missed: s.missed,
		RoundTrip: s.control.roundTrip, PeerLost: s.control.peerLost, PeerJitter: s.control.peerDelay,
	}
	if !s.began.IsZero() {
		r.Duration = s.engine.now.Sub(s.began)
	}
	return r
}

// OneWay explains why one side hears nothing, or returns "".
func (r Report) OneWay() string {
	switch {
	case r.Duration < time.Second:
		return ""
	case r.Received == 0 && r.Foreign > 0:
		return "nothing accepted: packets came, but from another source than the peer's SDP names, and too few in a row to trust it"
	case r.Received == 0 && r.Refused > 0:
		return "nothing accepted: packets came that are not encrypted with the keys of the SDP"
	case r.Received == 0 && r.Unknown > 0:
		return "nothing accepted: packets came with payload types that were not negotiated"
	case r.Received == 0:
		return "no packet arrived: the peer sends to another address than the SDP's, or a firewall is in between"
	case r.Far.Silent == 1:
		return "packets arrive but hold only silence: the peer's microphone is muted or on hold"
	case r.SendSkipped > 0 && r.Sent == 0:
		return "nothing was sent: the peer gave no address and no packet showed it"
	case r.Sent == 0:
		return "nothing was sent: the direction does not let us, or the socket refused"
	case r.Near.Silent == 1:
		return "only silence was sent: check the microphone"
	case r.PeerLost > r.Sent/2:
		return "the peer reports most of our packets lost"
	}
	return ""
}

// log writes the one line of a call.
func (r Report) log(l *slog.Logger, call string, err error) {
	args := []any{"call", call, "duration", r.Duration.Round(time.Second), "codec", r.Codec, "remote", r.Remote,
		"sent", r.Sent, "received", r.Received, "lost", r.Lost, "late", r.Buffer.Late, "concealed", r.Concealed,
		"shortened", r.Shortened.Round(time.Millisecond), "stretched", r.Stretched.Round(time.Millisecond),
		"jitter", r.Jitter.Round(100 * time.Microsecond), "target", r.Target, "resets", r.Buffer.Resets,
		"rtt", r.RoundTrip.Round(time.Millisecond), "peer_lost", r.PeerLost,
		"near_db", int(r.Near.Mean), "far_db", int(r.Far.Mean), "foreign", r.Foreign, "refused", r.Refused, "malformed", r.Malformed}
	if why := r.OneWay(); why != "" {
		args = append(args, "one_way", why)
	}
	if err != nil {
		args = append(args, "error", err)
	}
	l.Info("voice stream ended", args...)
}
