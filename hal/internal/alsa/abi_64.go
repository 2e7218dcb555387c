//go:build !arm && !386 && !mips && !mipsle

package alsa

import "unsafe"

// valuePad is between ElemValue's flag and its value, which C aligns to 8.
const valuePad = 4

// A wrong size or number does not compile: the array's lengths would differ.
var (
	_ [0]struct{} = [unsafe.Sizeof(HwParams{}) - 608]struct{}{}
	_ [0]struct{} = [unsafe.Sizeof(SwParams{}) - 136]struct{}{}
	_ [0]struct{} = [unsafe.Sizeof(Status{}) - 152]struct{}{}
	_ [0]struct{} = [unsafe.Sizeof(SyncPtr{}) - 136]struct{}{}
	_ [0]struct{} = [unsafe.Sizeof(Transfer{}) - 24]struct{}{}
	_ [0]struct{} = [unsafe.Sizeof(ElemList{}) - 80]struct{}{}
	_ [0]struct{} = [unsafe.Sizeof(ElemValue{}) - 1224]struct{}{}
	_ [0]struct{} = [unsafe.Offsetof(ElemValue{}.Values) - 72]struct{}{}
	_ [0]struct{} = [CallHwParams - 0xc2604111]struct{}{}
	_ [0]struct{} = [CallSwParams - 0xc0884113]struct{}{}
	_ [0]struct{} = [CallSyncPtr - 0xc0884123]struct{}{}
	_ [0]struct{} = [CallStatus - 0x80984120]struct{}{}
	_ [0]struct{} = [CallRead - 0x80184151]struct{}{}
	_ [0]struct{} = [CallWrite - 0x40184150]struct{}{}
	_ [0]struct{} = [CallForward - 0x40084149]struct{}{}
	_ [0]struct{} = [CallElemList - 0xc0505510]struct{}{}
	_ [0]struct{} = [CallElemWrite - 0xc4c85513]struct{}{}
)
