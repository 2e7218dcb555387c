package alsa

import "unsafe"

// What is the same on every machine.
var (
	_ [0]struct{} = [unsafe.Sizeof(CardInfo{}) - 376]struct{}{}
	_ [0]struct{} = [unsafe.Sizeof(ElemID{}) - 64]struct{}{}
	_ [0]struct{} = [unsafe.Sizeof(ElemInfo{}) - 272]struct{}{}
	_ [0]struct{} = [unsafe.Offsetof(ElemInfo{}.Range) - 80]struct{}{}
	_ [0]struct{} = [unsafe.Offsetof(HwParams{}.Intervals) - 260]struct{}{}
	_ [0]struct{} = [unsafe.Offsetof(HwParams{}.Requested) - 512]struct{}{}
	_ [0]struct{} = [CallCardInfo - 0x81785501]struct{}{}
	_ [0]struct{} = [CallElemInfo - 0xc1105511]struct{}{}
)
