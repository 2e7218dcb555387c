package firmware

import (
	"net/netip"

	"intercom/audio/tone"
	"intercom/firmware/config"
	"intercom/firmware/line"
	"intercom/sipua/sip"
)

// linePhone is the door's line as the station sees it.
type linePhone struct{ d *Door }

// Dial implements Phone. A target that has an address instead of a name is a phone to be called straight, unless the
// account itself lives at that address: a proxy elsewhere would not know what to do with it.
func (p linePhone) Dial(i Invitation) (Leg, error) {
	c := line.Call{Target: i.Target, Display: p.d.parts.Config.Station.DisplayName, Peer: literal(i.Target)}
	a, ok := p.d.parts.Config.Account(i.Account)
	if ok && (!c.Peer.IsValid() || c.Peer == literal(a.AOR)) {
		c.Account, c.Display = a.AOR, ""
	}
	leg, err := p.d.line.Dial(c)
	return Leg(leg), err
}

// literal is the address in a URI that has one instead of a name.
func literal(uri string) netip.Addr {
	u, err := sip.ParseURI(uri)
	if err != nil {
		return netip.Addr{}
	}
	addr, err := netip.ParseAddr(u.Host)
	if err != nil {
		return netip.Addr{}
	}
	return addr
}

// Ring implements Phone.
func (p linePhone) Ring(l Leg) { p.d.line.Ring(line.Leg(l)) }

// Answer implements Phone. A call that cannot be taken has been refused by then; its end comes as an event.
func (p linePhone) Answer(l Leg) {
	if err := p.d.line.Answer(line.Leg(l)); err != nil {
		p.d.log.Warn("not answered", "call", l, "error", err)
	}
}

// Reject implements Phone.
func (p linePhone) Reject(l Leg, status int) { p.d.line.Reject(line.Leg(l), status) }

// Hangup implements Phone.
func (p linePhone) Hangup(l Leg) { p.d.line.Hangup(line.Leg(l)) }

// Release implements Phone.
func (p linePhone) Release(l Leg) { p.d.line.Release(line.Leg(l)) }

// lineVoice is the door's line and engine as the station sees them.
type lineVoice struct{ d *Door }

// Start implements Voice.
func (v lineVoice) Start(l Leg) error {
	v.d.engine.Play(nil)
	return v.d.line.Talk(line.Leg(l))
}

// Stop implements Voice. The line closes the stream with the call.
func (v lineVoice) Stop(l Leg) {}

// Play implements Voice.
func (v lineVoice) Play(s Sound) {
	t, ok := toneOf(s, v.d.parts.Config.Sound.Tones)
	if !ok {
		v.d.engine.Play(nil)
		return
	}
	v.d.engine.Play(tone.New(t, v.d.engine.Rate()))
}

// toneOf chooses the tone of a sound by the country of the configuration.
func toneOf(s Sound, country config.Country) (tone.Tone, bool) {
	tones, _ := tone.Country(string(country))
	switch s {
	case SoundRingback:
		return tones.Ringback, true
	case SoundUnavailable:
		return once(tones.Busy, 3), true
	case SoundConnected, SoundProlonged:
		return tone.Connected, true
	case SoundWarning:
		return tone.CallEnding, true
	case SoundOpen:
		return tone.DoorOpened, true
	case SoundDenied:
		return tone.WrongCode, true
	case SoundEnd:
		return once(tones.Congestion, 2), true
	default:
		return tone.Tone{}, false
	}
}

// once ends an endless tone after some rounds: nobody stands there to hang up.
func once(t tone.Tone, rounds int) tone.Tone {
	var ended tone.Tone
	for range rounds {
		ended.Steps = append(ended.Steps, t.Steps...)
	}
	return ended
}
