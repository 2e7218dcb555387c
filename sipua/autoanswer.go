package sipua

import (
	"strings"
	"time"

	"intercom/sipua/sip"
)

// autoAnswer reads the wish that we answer by ourselves. There are as many ways to say it as makers of phones; where
// several are present answer-after wins.
//
//	Call-Info: <uri>;answer-after=0                 most desk phones and PBXs
//	Alert-Info: <uri>;info=alert-autoanswer;delay=0 Polycom, Yealink, Grandstream
//	Alert-Info: Auto Answer, Ring Answer            Mitel, Aastra
//	Answer-Mode: Auto, Priv-Answer-Mode: Auto       RFC 5373
//	INVITE sip:...;intercom=true                    Yealink, Snom
func autoAnswer(m *sip.Message) (after time.Duration, ok bool) {
	if after, ok := delayIn(m, "Call-Info", "answer-after"); ok {
		return after, true
	}
	for v := range m.Header.Values("Alert-Info") {
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "auto answer", "ring answer":
			return 0, true
		}
		params := paramsOf(v)
		if info, _ := params.Get("info"); strings.EqualFold(info, "alert-autoanswer") {
			after, _ := delayOf(params, "delay")
			return after, true
		}
	}
	for _, name := range []string{"Answer-Mode", "Priv-Answer-Mode"} {
		if mediaType(m.Header.Get(name)) == "auto" {
			return 0, true
		}
	}
	intercom, _ := m.URI.Params.Get("intercom")
	return 0, strings.EqualFold(intercom, "true")
}

// delayIn finds a parameter of seconds in any value of a field.
func delayIn(m *sip.Message, field, param string) (time.Duration, bool) {
	for v := range m.Header.Values(field) {
		if d, ok := delayOf(paramsOf(v), param); ok {
			return d, true
		}
	}
	return 0, false
}

// delayOf reads a parameter of seconds, of which a minute at most is believed.
func delayOf(p sip.Params, name string) (time.Duration, bool) {
	value, ok := p.Get(name)
	if !ok {
		return 0, false
	}
	n, ok := sip.ParseSeconds(value)
	return min(time.Duration(n)*time.Second, time.Minute), ok
}

// paramsOf are the parameters behind <uri>, with blanks around the semicolons taken out.
func paramsOf(value string) sip.Params {
	_, after, ok := strings.Cut(value, ">")
	if !ok {
		return ""
	}
	return sip.Params(strings.ReplaceAll(after, " ", ""))
}

// addAutoAnswer asks the phone called to answer by itself, for announcements; phones that do not allow it just ring.
func addAutoAnswer(m *sip.Message) {
	m.Header.Add("Call-Info", "<"+m.URI.String()+">;answer-after=0")
	m.Header.Add("Alert-Info", "<http://127.0.0.1>;info=alert-autoanswer;delay=0")
	m.Header.Add("Answer-Mode", "Auto")
}

// asserted is who the trusted proxy says the caller is (RFC 3325); without it there is only the caller's own word.
func asserted(m *sip.Message) sip.Address {
	list, err := m.AssertedIdentities()
	if err != nil || len(list) == 0 {
		return sip.Address{}
	}
	return list[0]
}
