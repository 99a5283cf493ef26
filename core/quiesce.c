/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of devices to stop, newest first. */
#include <core/quiesce.h>

#include <stddef.h>

static struct quiesce *newest;

void quiesce_register(struct quiesce *q)
{
	q->next = newest;
	newest = q;
}

void quiesce_all(void)
{
	/* Each is taken off first: a second call stops nothing twice. */
	while (newest) {
		struct quiesce *q = newest;

		newest = q->next;
		q->stop(q->ctx);
	}
}
