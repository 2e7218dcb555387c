package hal

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func button(name string, offset int) Wiring {
	return Wiring{Buttons: []InputLine{{Name: name, Offset: offset}}}
}

func relay(name string, offset int) Wiring {
	return Wiring{Relays: []OutputLine{{Name: name, Offset: offset}}}
}

func TestValidWirings(t *testing.T) {
	for name, w := range map[string]Wiring{
		"empty": {},
		"whole": {
			Buttons: []InputLine{{Name: "front", Offset: 17, ActiveLow: true, Settle: 8 * time.Millisecond, MinPress: -1, Stuck: -1}},
			Inputs:  []InputLine{{Name: "front", Offset: 22, Bias: BiasNone, Settle: 200 * time.Millisecond}}, // a name may serve two kinds
			Lamps:   []OutputLine{{Name: "A-z_0.9", Offset: 2}},
			Relays:  []OutputLine{{Name: strings.Repeat("x", 32), Offset: 27, ActiveLow: true}},
		},
		"i2s pins with a usb card": {WithoutI2S: true, Relays: []OutputLine{{Name: "strike", Offset: 21}}},
		"expander": {Relays: []OutputLine{
			{Name: "strike", Chip: "mcp23017", Offset: 18}, {Name: "gate", Chip: "pcf8574", Offset: 18}, {Name: "far", Chip: "pcf8574", Offset: 900},
		}},
	} {
		if err := w.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBadWirings(t *testing.T) {
	many := Wiring{WithoutI2S: true}
	for i := range MaxLines + 1 {
		many.Lamps = append(many.Lamps, OutputLine{Name: fmt.Sprint(i), Chip: "big", Offset: i})
	}
	timed := func(l InputLine) Wiring {
		l.Name, l.Offset = "front", 17
		return Wiring{Buttons: []InputLine{l}}
	}
	for _, test := range []struct {
		name    string
		wiring  Wiring
		section string
		index   int
		field   string
		cure    string // a part of it
	}{
		{"no name", button("", 17), "buttons", 0, "name", "front"},
		{"long name", relay(strings.Repeat("x", 33), 17), "relays", 0, "name", "letters"},
		{"blank in name", relay("front door", 17), "relays", 0, "name", "letters"},
		{"line feed in name", relay("front\n", 17), "relays", 0, "name", "letters"},
		{"no line", button("front", -1), "buttons", 0, "offset", "BCM"},
		{"line beyond", Wiring{Lamps: []OutputLine{{Name: "ring", Chip: "x", Offset: 1024}}}, "lamps", 0, "offset", "BCM"},
		{"not on header", button("front", 28), "buttons", 0, "offset", "2 to 27"},
		{"named header", Wiring{Inputs: []InputLine{{Name: "x", Chip: "pinctrl-rp1", Offset: 40}}}, "inputs", 0, "offset", "2 to 27"},
		{"bias", timed(InputLine{Bias: 9}), "buttons", 0, "bias", "none"},
		{"settle short", timed(InputLine{Settle: 7 * time.Millisecond}), "buttons", 0, "settle", "8ms"},
		{"settle long", timed(InputLine{Settle: time.Second}), "buttons", 0, "settle", "200ms"},
		{"settle negative", timed(InputLine{Settle: -1}), "buttons", 0, "settle", "8ms"},
		{"min press", timed(InputLine{MinPress: 3 * time.Second}), "buttons", 0, "min_press", "2s"},
		{"stuck", timed(InputLine{Stuck: time.Millisecond}), "buttons", 0, "stuck", "1s"},
		{"too many", many, "lamps", 32, "", "32"},
		{"same name", Wiring{Relays: []OutputLine{{Name: "a", Offset: 5}, {Name: "a", Offset: 6}}}, "relays", 1, "name", "own name"},
		{"same line", Wiring{Buttons: []InputLine{{Name: "a", Offset: 5}}, Relays: []OutputLine{{Name: "b", Offset: 5}}}, "relays", 0, "offset", "one wire"},
		{"same header line", Wiring{Lamps: []OutputLine{{Name: "a", Offset: 5}, {Name: "b", Chip: "pinctrl-bcm2711", Offset: 5}}}, "lamps", 1, "offset", "one wire"},
	} {
		problems := test.wiring.Problems()
		if len(problems) != 1 {
			t.Errorf("%s: problems %v, want one", test.name, problems)
			continue
		}
		p := problems[0]
		if p.Section != test.section || p.Index != test.index || p.Field != test.field || !strings.Contains(p.Cure, test.cure) {
			t.Errorf("%s: %+v, want %s[%d].%s with a cure that says %q", test.name, p, test.section, test.index, test.field, test.cure)
		}
		var wiring *WiringError
		if err := test.wiring.Validate(); !errors.As(err, &wiring) || !strings.Contains(err.Error(), test.cure) {
			t.Errorf("%s: Validate: %v", test.name, err)
		}
	}
}

func TestI2SPinsAreRefused(t *testing.T) {
	taken := map[int]bool{16: true, 18: true, 19: true, 20: true, 21: true}
	for bcm := range 28 {
		for name, w := range map[string]Wiring{"button": button("a", bcm), "relay": relay("a", bcm)} {
			err := w.Validate()
			if (err != nil) != taken[bcm] {
				t.Errorf("%s on BCM %d: %v", name, bcm, err)
			}
			if err != nil && (!strings.Contains(err.Error(), "I2S") || !strings.Contains(err.Error(), "move the wire")) {
				t.Errorf("%s on BCM %d: %v, want the reason and the cure", name, bcm, err)
			}
		}
	}
}

func TestAllProblemsAreTold(t *testing.T) {
	w := Wiring{
		Buttons: []InputLine{{Name: "", Offset: 19}},
		Relays:  []OutputLine{{Name: "a b", Offset: 99}},
	}
	if n := len(w.Problems()); n != 4 {
		t.Errorf("%d problems, want 4: %v", n, w.Validate())
	}
}

func TestLevelsAndPulls(t *testing.T) {
	for _, test := range []struct{ low, on, level bool }{{false, false, false}, {false, true, true}, {true, false, true}, {true, true, false}} {
		if got := (OutputLine{ActiveLow: test.low}).Level(test.on); got != test.level {
			t.Errorf("active low %v, on %v: level %v", test.low, test.on, got)
		}
	}
	for _, test := range []struct {
		low  bool
		bias Bias
		want Bias
	}{{true, BiasDefault, BiasUp}, {false, BiasDefault, BiasDown}, {true, BiasNone, BiasNone}, {true, BiasDown, BiasDown}} {
		if got := (InputLine{ActiveLow: test.low, Bias: test.bias}).Pull(); got != test.want {
			t.Errorf("active low %v, bias %v: pull %v, want %v", test.low, test.bias, got, test.want)
		}
	}
}

func FuzzWiring(f *testing.F) {
	f.Add("front", "", 17, "strike", "pinctrl-rp1", 5)
	f.Add("", "x", -1, "\x00", "", 21)
	f.Fuzz(func(t *testing.T, name, chip string, offset int, other, otherChip string, otherOffset int) {
		w := Wiring{
			Buttons: []InputLine{{Name: name, Chip: chip, Offset: offset}},
			Relays:  []OutputLine{{Name: other, Chip: otherChip, Offset: otherOffset}},
		}
		err := w.Validate()
		if err == nil && IsHeader(chip) && IsHeader(otherChip) && offset == otherOffset {
			t.Errorf("one wire serves two: %+v", w)
		}
		if err == nil && (strings.ContainsAny(name, " \n\t\x00") || name == "") {
			t.Errorf("name %q passed", name)
		}
	})
}
