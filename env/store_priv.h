/* SPDX-License-Identifier: BSD-2-Clause */
/* The saved environment's own: reading the two copies. */
#ifndef ENV_STORE_PRIV_H
#define ENV_STORE_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include <env/env_block.h>
#include <env/store.h>
#include <lib/compiler.h>

/* A copy that was read and is right. */
struct env_read {
	unsigned int n;
	size_t size;
	char *buf; /* from the heap */
	struct env_block block;
};

/* env_ends - the device does not go on, or we do not: it is no one copy's fault.
 * env_damaged - it was an environment, perhaps, and nobody can read it any more. */
bool env_ends(int err);
bool env_damaged(int err);

/* env_words - an error as the store says it, now.
 * env_note - it is copy @n's. @why: NULL: env_words. Return: @err */
const char *env_words(const struct env_store *s, int err);
int env_note(struct env_result *r, unsigned int n, int err, const char *why);

/*
 * env_choose - read the newer copy of r->store, which is open, that is right.
 * @c: with an error it has no buffer
 * Return: 0; -ENOENT none is there; -EBADMSG, -ELOOP all that are there are damaged; what
 * else is wrong with one; what ends it
 */
must_check int env_choose(struct env_result *r, struct env_read *c);

#endif
