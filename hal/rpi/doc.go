// Package rpi is the Raspberry Pi as hal.Board: buttons, contacts, lamps and relays on the kernel's GPIO character
// devices, and an ALSA card for sound. Any Linux board with such devices will do if the wiring names its chip.
//
// # Usage
//
//	board, err := rpi.Open(rpi.Config{Wiring: wiring, Logger: logger})
//	guarded := hal.Guard(board, 30*time.Second)
//
// # Libraries
//
// periph.io (conn/v3, host/v3/gpioioctl) finds the chips by label, reads all inputs of a chip as one LineSet and
// drives the lamps as gpio.PinOut. It is the GPIO library of the project; only its character device driver is
// imported, for host's bcm283x writes registers without owning the line and takes a Pi 5 for a Pi 4. What it does badly is
// not asked of it:
//
//   - Relays. Its request carries no output value, so a line starts low: a pulse on an active-low relay at every start.
//     Relays are requested by about a hundred lines of our own, with their inactive level in the request.
//   - Reading outputs, which turns them into inputs. Each output has a shadow value.
//   - Waiting without end: a negative time returns at once and 0 cannot be stopped. Waits are positive and finite.
//   - Reading a single line, which answers Low on an error: an active-low button would ring. LineSet returns errors, and a
//     chip that cannot be read changes nothing.
//   - Debouncing, active-low and edge times, which it has not. The filters are hal/internal/debounce's; an edge's
//     time is when this process learned of it.
//   - Closing a chip, which closes file descriptor 0 too. Chips stay open; at the search for them, when the library
//     itself closes the second name of a chip (Raspberry Pi OS has one), descriptor 0 is kept and put back.
//     Another descriptor is closed twice there, so Open belongs before anything else opens files.
//   - Closing a LineSet somebody still uses: it would go on with descriptor 0. Close waits for its users.
//
// warthog618/go-gpiocdev would do all of this, with kernel times; it is a second library for the one thing, and a
// request with an initial value is small.
//
// # Ownership
//
// One goroutine owns the filters and the queue of events. One more per chip waits for edges. Each output has its own
// lock, so that a lamp on an expander that hangs does not keep a relay on. Inputs are read anew when a filter
// decides, and once a second in any case, so that a lost edge is no lost press.
//
// # When the process dies
//
// The kernel takes the lines back. What the pin then does depends on the kernel, and an installer must know:
//
//   - Raspberry Pi's own kernels (raspberrypi/linux, pull request 6117) keep an output as it was: A CRASH WITH THE RELAY ON LEAVES THE DOOR OPEN
//     until the restarted program requests the line anew, inactive. Put dtparam=strict_gpiod into config.txt, or
//     pinctrl_bcm2835.persist_gpio_outputs=n on the kernel's command line (Pi 5: pinctrl_rp1.persist_gpio_outputs=n).
//     The pin then becomes an input, as with mainline kernels, and its pull decides.
//   - As an input, BCM 0 to 8 are pulled up and BCM 9 to 27 pulled down, unless something set the pull otherwise.
//     Wire an active-high relay to BCM 9 to 27 and an active-low one to BCM 2 to 8, and give the relay's input a
//     resistor of 10 kilohm to its inactive level: it also holds from power-on until Open.
//   - The supervisor restarts the program at once, and the hardware watchdog the machine, if they are set up.
//
// # Limitations
//
//   - A lamp may blink once at the start.
//   - Bias "none" leaves the pull as it is; the library cannot switch it off. With an external resistor of 10 kilohm
//     the chip's 50 kilohm do no harm.
//   - Inputs are requested by name, because the library knows no other way. A line without a name of its own is refused
//     with an error that says so; all header pins have names.
//   - A process that was stopped for longer than a press does not see the press: edges have no time of the kernel.
//   - At most ten errors in a row are tried before a chip's edges are given up; its inputs are then read once a second.
//
// # What only hardware can show
//
// Tests run over fakes with the kernel's habits. On a real Pi of each kind remain to be looked at:
//
//   - the relay line with an oscilloscope at power-on, at Open, at Close, at kill -9 and at a kernel panic, active-low
//     and active-high, with and without strict_gpiod;
//   - the labels of the header's chips on each kernel, and that the duplicate node of Raspberry Pi OS does no harm;
//   - buttons on 20 m of unshielded wire beside a motor;
//   - sound cards: googlevoicehat (MAX98357A, INMP441, SPH0645), WM8960 with its mixer, USB; both clocks; that
//     FORWARD leaves the amplifier on; the true delay against Card.Delay, on a Pi 5 with its two I2S blocks too;
//   - xruns and jitter under load on a Zero 2 W, and whether a 10 ms period holds without real-time priority.
package rpi
