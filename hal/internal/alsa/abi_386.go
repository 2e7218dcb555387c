package alsa

import "unsafe"

// valuePad is between ElemValue's flag and its value: none, for C on 386 aligns a long long to 4 only.
const valuePad = 0

// A wrong size or number does not compile: the array's lengths would differ.
var (
	_ [0]struct{} = [unsafe.Sizeof(ElemValue{}) - 708]struct{}{}
	_ [0]struct{} = [unsafe.Offsetof(ElemValue{}.Values) - 68]struct{}{}
)
