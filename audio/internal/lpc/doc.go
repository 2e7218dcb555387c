// Package lpc is linear prediction: the all-pole model of a voice or a noise from its autocorrelation, which concealment
// and comfort noise share.
//
// The convention is that x[t] is predicted as the sum of a[i]*x[t-1-i], and that the reflection coefficients are those of
// 1 - sum(a[i]*z^-(i+1)) with the sign of RFC 3389: a signal of low frequencies has a negative first one.
//
// The functions keep nothing and allocate nothing. Limitation: orders above 64 are not used and not tested.
package lpc
