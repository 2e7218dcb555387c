// Package rpi is the Raspberry Pi as hal.Board.
package rpi
