//go:build interop

package interop

import (
	"strings"
	"testing"
	"time"
)

// TestSoundQuality: the tone of each side arrives at the other with its level and without holes, by each codec that
// baresip shares with the door, and encrypted.
func TestSoundQuality(t *testing.T) {
	for _, row := range []struct {
		name, codecs, phone, used string
		secret, mediaenc          string
	}{
		{"PCMA", `"PCMA"`, "pcma", "PCMA", "", ""},
		{"G722", `"G722", "PCMA"`, "g722/16000/1", "G722", "", ""},
		{"SRTP", `"PCMA"`, "pcma", "PCMA", "required", "srtp-mand"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t)
			bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000, AutoAnswer: true, Codecs: row.phone, Secret: row.mediaenc})
			door := s.startDoor(s.address(20), doorConfig{Direct: true, Targets: []string{"sip:bob@" + bob.addr},
				Peers: []string{bob.addr}, Codecs: row.codecs, Secret: row.secret})
			if hears(door.heard(), 1000, doorRate) {
				t.Fatal("the door hears the phone before there is a call")
			}
			door.press()
			bob.want("CALL_ESTABLISHED")
			bob.wantHeard(doorTone)
			s.wantTone("the door", door.heard, 1000, doorRate)
			s.pause(5 * time.Second)
			pcm, rate := bob.recording()
			s.wantQuality("the phone", measureTone(pcm, rate, doorTone, 4))
			s.wantQuality("the door", measureTone(door.heard(), doorRate, 1000, 4))
			bob.hangup()
			s.eventually(patience, "the record of the call names "+row.used, func() bool { return strings.Contains(door.text(), "codec="+row.used) })
			t.Log(voiceReport(door.text()))
			if secured := strings.Contains(door.text(), "RTP/SAVP"); secured != (row.secret != "") {
				t.Errorf("RTP/SAVP in the session descriptions: %v", secured)
			}
		})
	}
}

// wantQuality wants a tone without a hole, at a level that one can listen to.
func (s *street) wantQuality(who string, m measure) {
	s.Helper()
	s.Logf("%s: %+v", who, m)
	if m.seconds < 3.9 || m.level < -30 || m.level > -9 || m.quiet > 40 || m.impure > m.windows/20 {
		s.Errorf("%s hears %+v", who, m)
	}
}

// voiceReport is the line of the door's log about the sound of the last call.
func voiceReport(log string) string {
	i := strings.LastIndex(log, `msg="voice stream ended"`)
	if i < 0 {
		return ""
	}
	line, _, _ := strings.Cut(log[i:], "\n")
	return line
}

// TestEncryptionRequired: a phone without SRTP gets no call from a door that wants it, rather than one in clear.
func TestEncryptionRequired(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000, AutoAnswer: true, Codecs: "pcma"})
	door := s.startDoor(s.address(20), doorConfig{Direct: true, Targets: []string{"sip:bob@" + bob.addr},
		Peers: []string{bob.addr}, Secret: "required"})
	door.press()
	s.eventually(patience, "the door offers RTP/SAVP", func() bool { return strings.Contains(door.text(), "RTP/SAVP") })
	s.never(3*time.Second, "there is a conversation", func() bool { return door.count("lamp status on") > 0 })
	if voiceReport(door.text()) != "" || hears(bob.recorded(), doorTone, soundRate) {
		t.Error("there was sound in clear")
	}
}
