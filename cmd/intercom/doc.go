// Command intercom is the firmware of a SIP door station.
package main
