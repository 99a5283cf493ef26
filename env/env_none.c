/* SPDX-License-Identifier: BSD-2-Clause */
/* Store none: nothing is kept, and no disk is looked at for it at start. */
#include <env/store.h>

#include <errno.h>

static int none_open(bool write, const char **where, const char **why)
{
	(void)where;
	*why = "nothing is kept";
	return write ? -ENODEV : -ENOENT;
}

static const struct env_store none_store = { .name = "none",
					     .open = none_open };

TABLE_ENTRY(env_store, &none_store);
