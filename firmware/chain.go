package firmware

import (
	"fmt"

	"intercom/audio/echo"
	"intercom/audio/gain"
	"intercom/audio/noise"
	"intercom/audio/stream"
	"intercom/firmware/config"
)

// chainRate is the rate the boxes of the microphone work at, in Hz: wideband, or the card's if that is less.
const chainRate = 16000

// addChain puts the boxes between microphone and network that the configuration asks for. Noise suppression shares the
// echo canceller's spectra where there is one, and stands alone where there is none.
func addChain(e *stream.EngineConfig, s config.Sound) error {
	e.Rate = min(chainRate, e.CardRate)
	var background echo.Background
	if s.Noise {
		n, err := noise.New(noise.Config{Rate: e.Rate})
		if err != nil {
			return fmt.Errorf("noise_suppressor: %w", err)
		}
		if s.Echo {
			background = n
		} else {
			e.Noise = n
		}
	}
	if s.Echo {
		c, err := echo.New(echo.Config{Rate: e.Rate, Background: background})
		if err != nil {
			return fmt.Errorf("echo_canceller: %w", err)
		}
		e.Echo = c
	}
	return addGain(e, s)
}

// addGain puts in what sets the level, and the voice switch for enclosures that no canceller can help.
func addGain(e *stream.EngineConfig, s config.Sound) error {
	if s.HalfDuplex {
		h, err := gain.NewHalfDuplex(gain.HalfDuplexConfig{})
		if err != nil {
			return fmt.Errorf("half_duplex: %w", err)
		}
		e.Switch = h
	}
	if s.Gain {
		g, err := gain.NewControl(gain.Config{Rate: e.Rate})
		if err != nil {
			return fmt.Errorf("gain_control: %w", err)
		}
		e.Gain = g
	}
	return nil
}
