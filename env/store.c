/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The saved environment: choosing the store, loading the newer of its two copies, and
 * writing over the other.
 */
#include <env/store.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/heap.h>
#include <env/env.h>
#include <env/env_block.h>
#include <env/flags.h>
#include <env/text.h>
#include <lib/ctype.h>

#include "store_priv.h"

static struct {
	const struct env_store *selected; /* NULL: nobody has chosen */
	const struct env_store *used;     /* loaded from or saved to last */
	int copy;                         /* in it, -1 none */
	bool loaded;
	const struct env_store *partly; /* had more than there was room for */
} state = { .copy = -1 };

/* ---- which store ---- */

static bool same_name(const char *a, const char *b)
{
	while (*a && to_lower(*a) == to_lower(*b)) {
		a++;
		b++;
	}
	return !*a && !*b;
}

int env_store_select(const char *name)
{
	for_each_entry (env_store, const struct env_store, it) {
		if (!same_name((*it)->name, name))
			continue;
		if (state.selected != *it && state.used != *it)
			state.copy = -1;
		state.selected = *it;
		return 0;
	}
	return -ENODEV;
}

/* The first in order that comes after @order; NULL: none. */
static const struct env_store *next_in_order(unsigned int order)
{
	const struct env_store *best = NULL;

	for_each_entry (env_store, const struct env_store, it)
		if ((*it)->order > order &&
		    (!best || (*it)->order < best->order))
			best = *it;
	return best;
}

const struct env_store *env_store_chosen(void)
{
	const struct env_store *s = NULL, *last = NULL;

	if (state.selected)
		return state.selected;
	if (state.used)
		return state.used;
	while ((s = next_in_order(s ? s->order : 0)))
		last = s;
	return last;
}

static bool foreign(const struct env_store *s)
{
	return s->is_foreign && s->is_foreign();
}

static int fail(struct env_result *r, int err)
{
	if (!r->why && !env_copy_bad(&r->copy[0]) && !env_copy_bad(&r->copy[1]))
		r->why = env_words(r->store, err);
	return err;
}

/* ---- loading ---- */

/* What this start found out, which was stored of another one; and where to look is not
 * told by what was found there. */
static bool is_fact(const char *name)
{
	return !strcmp(name, "fdtcontroladdr") || !strcmp(name, "fdt_addr") ||
	       !strcmp(name, "env_store");
}

static int take(void *arg, const char *name, const char *value,
		const char **why)
{
	struct env_result *r = arg;
	int ret;

	if (is_fact(name))
		return 0;
	if (*value && !env_type_ok(env_flags_of(name).type, value)) {
		*why = "flags type check failure";
		return -EINVAL;
	}
	ret = env_set(name, value);
	if (ret == -ENOSPC || ret == -ENOMEM)
		state.partly = r->store;
	return ret;
}

/* A variable that is not taken does not lose the others. */
static void refused(void *arg, const char *name, const char *why)
{
	struct env_result *r = arg;

	if (r->nbad < ENV_BAD_MAX)
		snprintf(r->bad[r->nbad], sizeof(r->bad[0]), "%.24s: %s", name,
			 why);
	r->nbad++;
}

static int take_all(struct env_result *r, const struct env_read *c)
{
	const struct env_sink to = { take, refused, r };
	int ret = env_default();

	state.partly = NULL;
	if (!ret &&
	    env_read_data(c->block.data, c->block.len, &to, NULL) == -ENOMEM)
		state.partly = r->store;
	return ret;
}

static int load_from(const struct env_store *s, struct env_result *r)
{
	struct env_read c;
	int ret;

	*r = (struct env_result){ .store = s };
	ret = s->open(false, &r->where, &r->why);
	if (!ret)
		ret = env_choose(r, &c);
	if (ret == -ENOENT && !r->why)
		r->why = "nothing is saved there";
	if (ret)
		return fail(r, ret);
	ret = take_all(r, &c);
	heap_free(c.buf);
	state.used = s;
	state.copy = (int)c.n;
	state.loaded = true;
	return ret ? fail(r, ret) : 0;
}

int env_load(struct env_result *r)
{
	return load_from(env_store_chosen(), r);
}

int env_load_first(struct env_result *r)
{
	const struct env_store *s = NULL;
	struct env_result first = { .store = NULL };
	int ret = -ENOENT, err = -ENOENT;

	if (state.selected)
		return load_from(state.selected, r);
	while ((s = next_in_order(s ? s->order : 0))) {
		err = load_from(s, r);
		if (!err || err == -EINTR)
			return err;
		if (err == -EBADMSG && foreign(s))
			continue;
		if (ret == -ENOENT) {
			ret = err;
			first = *r;
		}
	}
	*r = first;
	return ret;
}

const struct env_store *env_store_first(const struct env_store *s)
{
	struct env_result r = { .store = NULL };
	struct env_read c;

	while ((r.store = next_in_order(r.store ? r.store->order : 0)) &&
	       r.store->order < s->order)
		if (!r.store->open(false, &r.where, &r.why) &&
		    !env_choose(&r, &c)) {
			heap_free(c.buf);
			return r.store;
		}
	return NULL;
}

/* ---- saving ---- */

static int write_copy(struct env_result *r, const struct env_read *c)
{
	int err = r->store->write(c->n, c->size, c->buf);

	if (!err) {
		state.used = r->store;
		state.copy = (int)c->n;
	}
	return env_note(r, c->n, err, NULL);
}

/* A store that has none yet gets both, so that tools which want two find them. With one
 * it is saved. */
static int write_first(struct env_result *r, struct env_read *c)
{
	int ret = write_copy(r, c);

	if (ret)
		return ret;
	c->block.flags--;
	env_block_seal(c->buf, c->size, &c->block);
	ret = env_note(r, 1, r->store->write(1, c->size, c->buf), NULL);
	return env_ends(ret) ? ret : 0;
}

/* Which copy is written when @c is the newer one. */
static unsigned int next_copy(const struct env_store *s,
			      const struct env_read *c)
{
	return c->block.single && s->atomic ? c->n : !c->n;
}

static int write_next(struct env_result *r, struct env_read *c)
{
	const struct env_store *s = r->store;
	bool single = c->block.single;
	unsigned int old = c->n;
	int ret;

	c->n = next_copy(s, c);
	c->block.single = c->n == old;
	c->block.flags = s->active_flag ? 1 : (uint8_t)(c->block.flags + 1);
	ret = env_block_make(c->buf, c->size, &c->block);
	if (!ret)
		ret = write_copy(r, c);
	if (!ret && s->active_flag && !single)
		ret = s->retire(old);
	return ret;
}

static int make_first(struct env_result *r, struct env_read *c)
{
	int ret;

	*c = (struct env_read){ .size = ENV_BLOCK_SIZE, .block.flags = 1 };
	c->buf = heap_alloc(c->size);
	if (!c->buf)
		return -ENOMEM;
	ret = env_block_make(c->buf, c->size, &c->block);
	return ret ? ret : write_first(r, c);
}

/* What is there: @c, or nothing that is lost when it is written over, without a buffer. */
static int prepare(struct env_result *r, struct env_read *c)
{
	int ret;

	c->buf = NULL;
	*r = (struct env_result){ .store = env_store_chosen() };
	ret = r->store->open(true, &r->where, &r->why);
	if (ret)
		return ret;
	ret = env_choose(r, c);
	if (ret == -ENOENT || env_damaged(ret)) {
		if (!foreign(r->store))
			return 0;
		memset(r->copy, 0, sizeof(r->copy));
		r->why = "something else is there; \"env erase\" first";
		return -EBUSY;
	}
	if (!ret && r->copy[next_copy(r->store, c)].err == -EISDIR)
		ret = -EISDIR;
	else if (!ret && state.partly == r->store)
		ret = -ENOSPC;
	if (ret == -ENOSPC)
		r->why = "it was not loaded whole; \"env erase\" first";
	else if (ret && ret != -EISDIR && !env_ends(ret))
		r->why = "\"env erase\" first";
	return ret;
}

int env_save(struct env_result *r)
{
	struct env_read c;
	int ret = prepare(r, &c);

	if (!ret) {
		memset(r->copy, 0, sizeof(r->copy));
		ret = c.buf ? write_next(r, &c) : make_first(r, &c);
	}
	heap_free(c.buf);
	return ret ? fail(r, ret) : 0;
}

bool env_can_save(void)
{
	struct env_result r;
	struct env_read c;
	int ret = prepare(&r, &c);

	heap_free(c.buf);
	return !ret;
}

int env_erase(struct env_result *r)
{
	const struct env_store *s = env_store_chosen();
	int ret;

	*r = (struct env_result){ .store = s };
	ret = s->open(true, &r->where, &r->why);
	for (unsigned int n = 0; !ret && n < 2; n++)
		ret = env_note(r, n, s->erase(n), NULL);
	if (!ret && s == state.used)
		state.copy = -1;
	if (!ret)
		state.partly = NULL;
	return ret ? fail(r, ret) : 0;
}

int env_store_copy(void)
{
	return state.copy;
}

bool env_uses_default(void)
{
	return !state.loaded;
}

void env_uses_default_set(bool is)
{
	state.loaded = !is;
}

/* ---- the variable ---- */

static const struct env_hook hook = { "env_store", env_store_select };
TABLE_ENTRY(env_hook, &hook);
