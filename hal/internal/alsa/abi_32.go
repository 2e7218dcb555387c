//go:build arm || mips || mipsle

package alsa

import "unsafe"

// valuePad is between ElemValue's flag and its value, which C aligns to 8 on 32-bit arm too.
const valuePad = 4

// A wrong size or number does not compile: the array's lengths would differ.
var (
	_ [0]struct{} = [unsafe.Sizeof(ElemValue{}) - 712]struct{}{}
	_ [0]struct{} = [unsafe.Offsetof(ElemValue{}.Values) - 72]struct{}{}
	_ [0]struct{} = [CallElemWrite - 0xc2c85513]struct{}{}
)
