package firmware

import (
	"fmt"

	"intercom/audio/conceal"
	"intercom/audio/echo"
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
	e.NewConcealer = newConcealer
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
	return nil
}

// newConcealer makes what fills the gaps of lost packets; the engine asks for the rates of codecs only.
func newConcealer(rate int) stream.Concealer {
	c, err := conceal.New(rate)
	if err != nil {
		panic("BUG: a codec at a rate that no telephone has: " + err.Error())
	}
	return c
}
