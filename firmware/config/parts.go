package config

import "time"

// Pin is a line of a GPIO chip.
type Pin struct {
	Chip string `toml:"chip"`                          // label, such as pinctrl-bcm2711; empty = the board's own
	Line int    `toml:"line,required" range:"0..1023"` // offset on the chip: the BCM number on a Raspberry Pi
}

// Button is a bell push and whom it rings.
type Button struct {
	Name string `toml:"name,required"`
	Pin
	ActiveLow bool          `toml:"active_low" default:"true"` // pressed connects the line to ground
	Bias      Bias          `toml:"bias" default:"pull-up"`
	Debounce  time.Duration `toml:"debounce" default:"30ms" range:"8ms..200ms"` // the level must be stable this long
	MinPress  time.Duration `toml:"min_press" default:"80ms" range:"0s..2s"`    // shorter presses are interference
	Stuck     time.Duration `toml:"stuck" default:"1m" range:"0s..1h"`          // held longer is a fault; 0 = never

	Account     string        `toml:"account"`          // empty = the first one
	Targets     []string      `toml:"targets" max:"16"` // SIP URIs, or short numbers of the account's domain; a URI with an address is called straight
	Ring        Ring          `toml:"ring" default:"parallel"`
	RingTimeout time.Duration `toml:"ring_timeout" default:"0s" range:"0s..60s"` // of each target; 0 = that of [calls]
	WhenRinging PressRinging  `toml:"press_ringing" default:"cancel"`            // a press while its call rings
	WhenInCall  PressInCall   `toml:"press_in_call" default:"hangup"`            // a press in a conversation
}

// Relay is an output that opens something. Ceiling bounds its on-time whatever else happens.
type Relay struct {
	Name string `toml:"name,required"`
	Pin
	ActiveLow bool          `toml:"active_low"`
	Pulse     time.Duration `toml:"pulse" default:"3s" range:"100ms..30s"`
	Ceiling   time.Duration `toml:"ceiling" default:"30s" range:"100ms..30s"`
}

// Code is a sequence of digits that opens a relay. It is a secret: whoever knows it can enter.
type Code struct {
	Digits  Secret        `toml:"digits,required"`
	Relay   string        `toml:"relay"`                              // empty = the first one
	Placed  bool          `toml:"placed_calls" default:"true"`        // counts in calls the door placed
	Allowed []string      `toml:"allowed" max:"64"`                   // callers from whom it counts in calls to the door
	Pulse   time.Duration `toml:"pulse" default:"0s" range:"0s..30s"` // 0 = the relay's
}

// Lamp is an output that shows the station's state.
type Lamp struct {
	Name string `toml:"name,required"`
	Pin
	ActiveLow bool     `toml:"active_low"`
	Role      LampRole `toml:"role" default:"status"`
	Patterns  Patterns `toml:"patterns"` // each empty one is the role's
}

// Patterns says what a lamp does in each condition. The first condition that holds and has a pattern other than
// "none" wins, in the order of the fields; when there is none, the lamp is off.
type Patterns struct {
	Door    Pattern `toml:"door"`    // a relay is on or the door's contact is open
	Call    Pattern `toml:"call"`    // in a conversation
	Ringing Pattern `toml:"ringing"` // somebody is being rung
	Fault   Pattern `toml:"fault"`   // an account is not registered, the board is ill, the cover is open
	Ready   Pattern `toml:"ready"`   // all is well
}

// Input is a contact that is not a bell push.
type Input struct {
	Name string `toml:"name,required"`
	Pin
	ActiveLow bool          `toml:"active_low" default:"true"`
	Bias      Bias          `toml:"bias" default:"pull-up"`
	Debounce  time.Duration `toml:"debounce" default:"30ms" range:"8ms..200ms"`
	Role      InputRole     `toml:"role,required"`
	Relay     string        `toml:"relay"`                                  // of an exit button; empty = the first one
	HeldOpen  time.Duration `toml:"held_open" default:"60s" range:"0s..1h"` // of a door contact: longer is a fault; 0 = never
}

// rolePatterns is what the lamps of each role do unless the file says otherwise.
var rolePatterns = map[LampRole]Patterns{
	LampPower:   {None, None, None, Flash, On},
	LampRinging: {None, None, Blink, None, None},
	LampCall:    {None, On, None, None, None},
	LampDoor:    {On, None, None, None, None},
	LampFault:   {None, None, None, On, None},
	LampStatus:  {Fast, On, Blink, Flash, Glow},
}
