//go:build arm || 386 || mips || mipsle

package alsa

import "unsafe"

// What all 32-bit machines have in common.
var (
	_ [0]struct{} = [unsafe.Sizeof(HwParams{}) - 604]struct{}{}
	_ [0]struct{} = [unsafe.Sizeof(SwParams{}) - 104]struct{}{}
	_ [0]struct{} = [unsafe.Sizeof(Status{}) - 108]struct{}{}
	_ [0]struct{} = [unsafe.Sizeof(SyncPtr{}) - 132]struct{}{}
	_ [0]struct{} = [unsafe.Sizeof(Transfer{}) - 12]struct{}{}
	_ [0]struct{} = [unsafe.Sizeof(ElemList{}) - 72]struct{}{}
	_ [0]struct{} = [CallHwParams - 0xc25c4111]struct{}{}
	_ [0]struct{} = [CallSwParams - 0xc0684113]struct{}{}
	_ [0]struct{} = [CallSyncPtr - 0xc0844123]struct{}{}
	_ [0]struct{} = [CallStatus - 0x806c4120]struct{}{}
	_ [0]struct{} = [CallRead - 0x800c4151]struct{}{}
)
