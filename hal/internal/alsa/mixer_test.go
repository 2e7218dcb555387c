package alsa_test

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"intercom/hal"
	"intercom/hal/internal/alsa"
	"intercom/hal/internal/alsatest"
)

// codec is a card with the kinds of controls a WM8960 has.
func codec() *alsatest.Card {
	c := alsatest.NewCard("wm8960")
	c.Mixer = []*alsatest.Control{
		{Name: "Speaker Playback Volume", Type: 2, Count: 2, High: 127},
		{Name: "Left Output Mixer PCM Playback Switch", Type: 1, Count: 1},
		{Name: "ADC Polarity", Type: 3, Count: 1, High: 3},
		{Name: "Capture Volume", Type: 2, Count: 2, Low: -10, High: 63},
		{Name: "Capture Volume", Index: 1, Type: 2, Count: 1, High: 5},
		{Name: "Odd, 1 name", Type: 1, Count: 1},
		{Name: "Bytes", Type: 4, Count: 16},
		{Name: "Broken", Type: 1, Count: 1, WriteError: syscall.EPERM},
		{Name: "Huge", Type: 2, Count: 1000, High: 1},
	}
	return c
}

// set opens the card with these settings.
func set(t *testing.T, c *alsatest.Card, settings ...hal.MixerSetting) (err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var card *alsa.Card
		card, err = alsa.Open(&alsatest.System{Cards: []*alsatest.Card{c}}, hal.SoundConfig{Mixer: settings, Warmup: -1}, nil)
		if err == nil {
			check(t, card.Close())
		}
	})
	return err
}

func TestMixer(t *testing.T) {
	c := codec()
	check(t, set(t, c,
		hal.MixerSetting{Control: "Speaker Playback Volume", Values: []int{100, 90}},
		hal.MixerSetting{Control: "Left Output Mixer PCM Playback Switch", Values: []int{1}},
		hal.MixerSetting{Control: "ADC Polarity", Values: []int{2}},
		hal.MixerSetting{Control: "Capture Volume", Values: []int{-7}}, // one for both
		hal.MixerSetting{Control: "Capture Volume,1", Values: []int{5}},
		hal.MixerSetting{Control: "Odd, 1 name", Values: []int{1}},
	))
	for i, want := range [][]int{{100, 90}, {1}, {2}, {-7, -7}, {5}, {1}} {
		if got := c.Mixer[i].Values; !slices.Equal(got, want) {
			t.Errorf("%s is %v, want %v", c.Mixer[i].Name, got, want)
		}
	}
	if c.Mixer[6].Values != nil {
		t.Error("a control that was not named was set")
	}
}

func TestMixerErrors(t *testing.T) {
	for _, test := range []struct {
		control string
		values  []int
		says    []string
	}{
		{"Speaker", []int{1}, []string{`no control "Speaker"`, "Speaker Playback Volume", "ADC Polarity"}},
		{"Capture Volume,2", []int{1}, []string{"no control"}},
		{"Speaker Playback Volume", []int{128}, []string{"128", "0 to 127"}},
		{"Speaker Playback Volume", []int{-1}, []string{"0 to 127"}},
		{"Speaker Playback Volume", []int{1, 2, 3}, []string{"3 values for 2 channels"}},
		{"Speaker Playback Volume", nil, []string{"0 values"}},
		{"Left Output Mixer PCM Playback Switch", []int{2}, []string{"0 to 1"}},
		{"ADC Polarity", []int{4}, []string{"0 to 3"}},
		{"Bytes", []int{1}, []string{"type 4"}},
		{"Broken", []int{1}, []string{"Broken", "not permitted"}},
		{"Huge", []int{1}, []string{"1000 values"}},
	} {
		err := set(t, codec(), hal.MixerSetting{Control: test.control, Values: test.values})
		if err == nil {
			t.Errorf("%s = %v succeeded", test.control, test.values)
			continue
		}
		for _, part := range append(test.says, "wm8960") {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s = %v: %v\ndoes not say %q", test.control, test.values, err, part)
			}
		}
	}
}

func TestMixerOfCardWithoutControls(t *testing.T) {
	c := alsatest.NewCard("hat")
	check(t, set(t, c))
	if err := set(t, c, hal.MixerSetting{Control: "Master", Values: []int{1}}); err == nil {
		t.Error("a control was set on a card without any")
	}
}
