/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the environment is kept. A store is one file that registers itself:
 * TABLE_ENTRY(env_store, &fat_store). It keeps two copies, 0 and 1, and knows how to read
 * and write one; which of them is the newer, and that it is never the one that gets
 * overwritten, is decided here. So a stop at any point leaves the old environment or
 * the new one.
 */
#ifndef VIREO_ENV_STORE_H
#define VIREO_ENV_STORE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>
#include <lib/table.h>

struct env_store {
	const char *name; /* "FAT", as messages have it */
	/* When it is looked into at start: 1 is first, the last is where a first save
	 * goes; 0: only when it is chosen. */
	unsigned int order;
	/*
	 * For NOR flash, as U-Boot and Linux's tools have it there: the newer copy's flags
	 * are 1, the other's 0, instead of a number that rises.
	 */
	bool active_flag;
	/* A stop within write leaves what was there: an only copy, without flags, which
	 * somebody else's tools made, may then stay the only one. */
	bool atomic;
	const char *note;    /* printed after a save; may be NULL */
	const char *copy[2]; /* what messages call them */

	/* Find it, ready for the others. @write: for changes. @where: set to a text that
	 * lasts until the next open, "virtio 0:1".
	 * Return: 0; -ENOENT there is no such place, or nothing in it (when @write is
	 * false, quietly); -EROFS; -EINVAL, -EBUSY the place is not allowed; device's.
	 * @why: why not, in words; NULL: what the code says */
	int (*open)(bool write, const char **where, const char **why);
	/* How long copy @n is, in bytes. Return: 0; -ENOENT; device's */
	int (*size)(unsigned int n, size_t *size);
	/* The first @len bytes of copy @n. Return: 0; device's */
	int (*read)(unsigned int n, size_t len, void *buf);
	/* All of copy @n. On return it is on the medium. Return: 0; device's */
	int (*write)(unsigned int n, size_t len, const void *buf);
	/* No copy @n from now on; there may be none. Return: 0; device's */
	int (*erase)(unsigned int n);
	/* active_flag: copy @n's flags are 0 from now on. Return: 0; device's */
	int (*retire)(unsigned int n);
	const char *(*error)(int err); /* in words; NULL: err_str */
	/* What is there is neither blank nor a damaged environment, but somebody else's: no
	 * news at start, and not written over. NULL: that cannot be */
	bool (*is_foreign)(void);
};

TABLE_DECLARE(env_store, const struct env_store);

#define ENV_BAD_MAX 8

/* What is known of a copy. */
struct env_copy {
	const char *name;
	int err;         /* why it is not used: see env_copy_bad */
	const char *why; /* in words */
};

/* env_copy_bad - it is there, and something is wrong with it. */
static inline bool env_copy_bad(const struct env_copy *c)
{
	return c->err && c->err != -ENOENT;
}

/* What came of it, for messages. */
struct env_result {
	const struct env_store *store; /* NULL: there is none */
	const char *where; /* "virtio 0:1"; NULL when it was not found */
	/* On an error bad ones, or those that could not be written, are its reason; else
	 * those that were passed over. After a save one may not have been written. */
	struct env_copy copy[2];
	const char *why; /* of an error; NULL: the copies say it */
	/* Variables that were there and are not loaded: how many, and "name: why" of the
	 * first. */
	unsigned int nbad;
	char bad[ENV_BAD_MAX][64];
};

/*
 * env_store_select - from now on it is this one, in whatever case: what the variable
 * env_store does, too. Return: 0; -ENODEV no store is called so
 * env_store_chosen - where a save goes.
 */
must_check int env_store_select(const char *name);
const struct env_store *env_store_chosen(void);

/*
 * env_load_first - at start: from the store that is selected, else from each in its order
 * until one has an environment. The environment is then that on top of the defaults,
 * and unchanged on an error.
 * env_load - the same from the store that is chosen.
 * One copy that is bad, whatever is wrong with it, does not hide the other.
 * Return: 0; -ENOENT there is none; -EBADMSG, -ELOOP what is there is damaged; -EFBIG it
 * is too long to be one; -EISDIR; -EINTR; device's
 */
must_check int env_load_first(struct env_result *r);
must_check int env_load(struct env_result *r);

/* env_store_first - what @s has is not loaded at start unless it is chosen, because this
 * one has an environment and is looked at before. NULL: none has. */
const struct env_store *env_store_first(const struct env_store *s);

/*
 * env_save - over the older copy, or a bad one; both are written when none is there, or what
 * is there is damaged. What could not be read for another reason is not written over.
 * Return: 0 one copy at least is saved; -ENOSPC; as env_load; as the store's open and write
 * env_can_save - would it come to writing?
 */
must_check int env_save(struct env_result *r);
bool env_can_save(void);

/* env_erase - Return: 0; as the store's open and erase */
must_check int env_erase(struct env_result *r);

/* For "env info": which copy is the newest that was loaded or saved, -1 none; and is the
 * default environment in use? */
int env_store_copy(void);
bool env_uses_default(void);
void env_uses_default_set(bool is);

#endif
