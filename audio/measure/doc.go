// Command measure is the proof of the sound path: it makes speech, rooms and networks, sends them through this
// project's boxes and through the same boxes of well-known libraries, and prints both beside the targets.
package main
