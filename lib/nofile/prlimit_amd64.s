#include "textflag.h"

// func prlimit(resource uintptr, old *limit) uintptr
TEXT ·prlimit(SB),NOSPLIT,$0-24
	MOVQ $302, AX // prlimit64
	MOVQ $0, DI   // this process
	MOVQ resource+0(FP), SI
	MOVQ $0, DX   // nothing new
	MOVQ old+8(FP), R10
	SYSCALL
	MOVQ AX, ret+16(FP)
	RET
