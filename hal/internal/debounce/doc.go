// Package debounce turns the raw edges of buttons and contacts into presses. It is pure: it reads no clock and
// no wire; a board passes in the time and the level, and asks when to come back.
//
// # Usage
//
//	d := debounce.New(debounce.Config{Press: true, ...})
//	d.Receive(edgeTime, level)     // at every edge, level true = active
//	d.Advance(now)                 // when Deadline has come
//	for c, ok := d.Next(); ok; c, ok = d.Next() { ... }
//
// Bank does this for all lines of a wiring and yields hal events.
//
// # Method
//
// An edge starts the settle time; each further edge starts it anew; when the line has rested for that long, the
// level decides. A filter that believes the first edge and then goes blind (the usual one) rings at every spark
// of a motor and loses presses that fall into its blindness. A press must then last for its minimum time.
//
//	level     ____-_-_--------------------_-_-______________
//	settle        |<30>| |<- 30 ->|       |.....|<- 30 ->|
//	               ^begin          ^down                  ^up
//	events        ....... 80 ms since begin: Pressed ..... Released
//
// # Limitations
//
//   - A press shorter than settle and minimum time is not a press, on purpose.
//   - A line that never rests gives no press while it is noisy; one Noisy tells so.
package debounce
