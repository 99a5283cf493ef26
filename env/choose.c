/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of a store's two copies is the newer one that is right. The foreign ones are read
 * whole and checked by their CRC; what is wrong with one is noted and does not hide the
 * other.
 */
#include "store_priv.h"

#include <errno.h>

#include <core/heap.h>
#include <lib/errstr.h>

bool env_ends(int err)
{
	return err == -EINTR || err == -ETIMEDOUT || err == -EOWNERDEAD ||
	       err == -ENOMEM;
}

bool env_damaged(int err)
{
	return err == -EBADMSG || err == -ELOOP;
}

const char *env_words(const struct env_store *s, int err)
{
	const char *why = s->error ? s->error(err) : NULL;

	return why ? why : err_str(err);
}

int env_note(struct env_result *r, unsigned int n, int err, const char *why)
{
	if (env_ends(err))
		r->why = env_words(r->store, err);
	else
		r->copy[n] = (struct env_copy){
			.name = r->store->copy[n],
			.err = err,
			.why = err && !why ? env_words(r->store, err) : why,
		};
	return err;
}

/* Its first bytes. Return: 0; -ENOENT there is none; -EBADMSG, -EFBIG no copy is so short
 * or long; device's */
static int look(struct env_result *r, unsigned int n,
		uint8_t head[ENV_BLOCK_HEAD])
{
	size_t size;
	int err = r->store->size(n, &size);

	if (!err && size < ENV_BLOCK_MIN)
		return env_note(r, n, -EBADMSG, "too short to be one");
	if (!err && size > ENV_BLOCK_MAX)
		return env_note(r, n, -EFBIG, "larger than 256 KiB");
	if (!err)
		err = r->store->read(n, ENV_BLOCK_HEAD, head);
	if (!err && env_block_blank(head))
		err = -ENOENT;
	return env_note(r, n, err, NULL);
}

/* On an error c->buf is NULL. */
static int read_copy(struct env_result *r, unsigned int n, struct env_read *c)
{
	const char *why = NULL;
	int err = r->store->size(n, &c->size);

	c->n = n;
	c->buf = err ? NULL : heap_alloc(c->size);
	if (!err && !c->buf)
		err = -ENOMEM;
	if (!err)
		err = r->store->read(n, c->size, c->buf);
	if (!err) {
		err = env_block_open(c->buf, c->size, &c->block);
		why = err ? "bad CRC" : NULL;
	}
	if (err) {
		heap_free(c->buf);
		c->buf = NULL;
	}
	return env_note(r, n, err, why);
}

/* Neither is right. Return: -ENOENT none is there; -EBADMSG, -ELOOP all that are there
 * are damaged; what else is wrong with one */
static int neither(const struct env_result *r)
{
	int a = r->copy[0].err, b = r->copy[1].err;

	return a == -ENOENT || (env_damaged(a) && b != -ENOENT) ? b : a;
}

/*
 * The newer copy that is right: @first, if it is. One with flags is preferred to one
 * without: that was written before there were two.
 * Return: as env_choose
 */
static int choose_of(struct env_result *r, unsigned int first,
		     struct env_read *c)
{
	int err = r->copy[first].err, err2 = r->copy[!first].err;
	struct env_read other;

	if (!err)
		err = read_copy(r, first, c);
	if (env_ends(err) || (!err && !c->block.single))
		return err;
	if (!err2)
		err2 = read_copy(r, !first, &other);
	if (!err && env_ends(err2)) {
		heap_free(c->buf);
		c->buf = NULL;
	}
	if (env_ends(err2))
		return err2;
	if (err2)
		return err ? neither(r) : 0;
	if (!err && other.block.single) {
		heap_free(other.buf);
		return 0;
	}
	heap_free(c->buf);
	*c = other;
	return 0;
}

int env_choose(struct env_result *r, struct env_read *c)
{
	uint8_t head[2][ENV_BLOCK_HEAD];
	unsigned int first;

	c->buf = NULL;
	for (unsigned int n = 0; n < 2; n++) {
		int err = look(r, n, head[n]);

		if (env_ends(err))
			return err;
	}
	first = !r->copy[1].err &&
		(r->copy[0].err || env_block_newer(env_block_flags(head[1]),
						   env_block_flags(head[0])));
	return choose_of(r, first, c);
}
