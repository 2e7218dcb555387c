package sdp

import (
	"strconv"
	"strings"
)

// Codec is an encoding the caller can send and receive. This package knows no codec by its working,
// only by these.
type Codec struct {
	Name        string // encoding name as in the IANA registry: "PCMA", "G722", "opus"
	ClockRate   int    // of RTP timestamps in Hz: 8000 for G722 whatever its sample rate (RFC 3551 section 4.5.2)
	Channels    int    // as in rtpmap: 2 for opus, always (RFC 7587 section 7); 0 means 1
	PayloadType uint8  // wished for in offers: the static number, or 96 to 127
	Fmtp        string // parameters for what we receive; empty for none
}

// Format is one payload number in one direction, as negotiated:
//
//	m=audio 4000 RTP/AVP 111
//	a=rtpmap:111 opus/48000/2             PayloadType, Name, ClockRate, Channels
//	a=fmtp:111 useinbandfec=1             Fmtp, a wish of the side that receives
//
// https://www.rfc-editor.org/rfc/rfc8866#section-6.6
type Format struct {
	PayloadType uint8
	Name        string
	ClockRate   int // Hz
	Channels    int // at least 1
	Fmtp        string
}

// telephoneEvent is the encoding name of RFC 4733.
const telephoneEvent = "telephone-event"

// isEvent tells the formats of RFC 4733 from those of sound.
func (f Format) isEvent() bool { return strings.EqualFold(f.Name, telephoneEvent) }

// key names an encoding apart from its payload number.
func (f Format) key() string {
	return strings.ToLower(f.Name) + "/" + strconv.Itoa(f.ClockRate) + "/" + strconv.Itoa(f.Channels)
}

// format is the codec under a payload number, in the direction towards us.
func (c Codec) format(payloadType uint8) Format {
	return Format{payloadType, c.Name, c.ClockRate, max(c.Channels, 1), c.Fmtp}
}

// matches compares by encoding name, clock rate and channels (RFC 3264 section 6.1). Two mistakes
// are so common that they are read as what is meant: G722/16000, and opus without its /2.
func (c Codec) matches(f Format) bool {
	if !strings.EqualFold(c.Name, f.Name) {
		return false
	}
	if strings.EqualFold(c.Name, "G722") && f.ClockRate == 16000 {
		return c.ClockRate == 8000
	}
	isSame := max(c.Channels, 1) == f.Channels || strings.EqualFold(c.Name, "opus")
	return c.ClockRate == f.ClockRate && isSame
}

// rtpmap is the attribute's value, as in "9 G722/8000" (RFC 8866 section 6.6); a single channel is
// left out.
func (f Format) rtpmap() string {
	text := f.number() + " " + f.Name + "/" + strconv.Itoa(f.ClockRate)
	if f.Channels > 1 {
		text += "/" + strconv.Itoa(f.Channels)
	}
	return text
}

func (f Format) number() string { return strconv.Itoa(int(f.PayloadType)) }

// staticFormats are the numbers that need no rtpmap (RFC 3551 section 6, table 4), audio only. An
// empty name is a number not assigned.
var staticFormats = [...]Format{
	0: {0, "PCMU", 8000, 1, ""}, 3: {3, "GSM", 8000, 1, ""}, 4: {4, "G723", 8000, 1, ""}, 5: {5, "DVI4", 8000, 1, ""},
	6: {6, "DVI4", 16000, 1, ""}, 7: {7, "LPC", 8000, 1, ""}, 8: {8, "PCMA", 8000, 1, ""}, 9: {9, "G722", 8000, 1, ""},
	10: {10, "L16", 44100, 2, ""}, 11: {11, "L16", 44100, 1, ""}, 12: {12, "QCELP", 8000, 1, ""},
	13: {13, "CN", 8000, 1, ""}, 14: {14, "MPA", 90000, 1, ""}, 15: {15, "G728", 8000, 1, ""},
	16: {16, "DVI4", 11025, 1, ""}, 17: {17, "DVI4", 22050, 1, ""}, 18: {18, "G729", 8000, 1, ""},
}

// formats reads the numbers of an m= line with their rtpmap and fmtp, in the order of the m= line.
// A number that is no payload number is passed over; one above 95 without rtpmap has an empty Name.
func (m *Media) formats() []Format {
	rtpmap, fmtp := m.numbered("rtpmap"), m.numbered("fmtp")
	formats := make([]Format, 0, len(m.Formats))
	for _, text := range m.Formats {
		number, err := strconv.ParseUint(text, 10, 7)
		if err != nil {
			continue
		}
		f := mapped(uint8(number), rtpmap[number])
		f.Fmtp = fmtp[number]
		formats = append(formats, f)
	}
	return formats
}

// mapped names a number by its rtpmap, or by the static table. An rtpmap that cannot be read counts
// as absent.
func mapped(number uint8, rtpmap string) Format {
	name, rates, _ := strings.Cut(rtpmap, "/")
	rateText, channelText, _ := strings.Cut(rates, "/")
	rate, err := strconv.ParseUint(strings.TrimSpace(rateText), 10, 31)
	if name == "" || err != nil || rate == 0 {
		if int(number) < len(staticFormats) {
			f := staticFormats[number]
			f.PayloadType = number
			return f
		}
		return Format{PayloadType: number}
	}
	channels, err := strconv.ParseUint(strings.TrimSpace(channelText), 10, 8)
	if err != nil || channels == 0 {
		channels = 1
	}
	return Format{PayloadType: number, Name: strings.TrimSpace(name), ClockRate: int(rate), Channels: int(channels)}
}

// numbered is the values of an attribute of the kind "a=name:<payload number> <value>" by number,
// the first of each. One pass for all numbers keeps the work linear in the size of what a stranger
// sends.
func (m *Media) numbered(name string) *[128]string {
	var values [128]string
	for text := range m.Attributes.All(name) {
		first, rest, _ := strings.Cut(text, " ")
		if n, err := strconv.ParseUint(first, 10, 7); err == nil && values[n] == "" {
			values[n] = strings.TrimSpace(rest)
		}
	}
	return &values
}
