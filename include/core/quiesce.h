/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handing the machine over: whoever runs a device registers how to stop it.
 * quiesce_all() is the one exit hook of boot, reset and poweroff. After it no
 * device writes memory, nothing allocates and nothing may fail.
 */
#ifndef VIREO_CORE_QUIESCE_H
#define VIREO_CORE_QUIESCE_H

struct quiesce {
	void (*stop)(void *ctx); /* set by the owner */
	void *ctx;               /* set by the owner */
	struct quiesce *next;    /* set by quiesce_register */
};

/* quiesce_register - @q is the caller's and must stay; the last one registered is stopped
 * first. */
void quiesce_register(struct quiesce *q);
void quiesce_all(void);

#endif
