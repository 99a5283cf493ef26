/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's stand-in for <arch/barrier.h>: real fences, so that a device
 * model in a second thread can be tested too. */
#ifndef FAKE_ARCH_BARRIER_H
#define FAKE_ARCH_BARRIER_H

static inline void dma_wmb(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
static inline void dma_rmb(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
static inline void dma_mb(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
static inline void cpu_relax(void) {}

#endif
