/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Barriers between the CPU and a device that shares memory with it. The
 * outer-shareable forms always (VQ-9): one code path for software and real devices.
 */
#ifndef VIREO_ARCH_BARRIER_H
#define VIREO_ARCH_BARRIER_H

/* Everything written before is seen before what is written after: descriptors
 * and ring slot before avail->idx (virtio 2.7.13.3.1). */
static inline void dma_wmb(void)
{
	__asm__ volatile("dmb oshst" : : : "memory");
}

/* What was read before is older than what is read after: used->idx before the
 * used element and the data (virtio 2.7.14). */
static inline void dma_rmb(void)
{
	__asm__ volatile("dmb oshld" : : : "memory");
}

/* Store before load: avail->idx before used->flags / avail_event (virtio 2.7.13.4.1). */
static inline void dma_mb(void)
{
	__asm__ volatile("dmb osh" : : : "memory");
}

/* A hint inside a polling loop. */
static inline void cpu_relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

#endif
