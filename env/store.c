/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The saved environment: choosing the store, choosing the newer of its two copies, and
 * writing over the other. What is read is foreign: it is checked by its CRC, and then as
 * any text is.
 */
#include <env/store.h>

#include <errno.h>
#include <string.h>

#include <core/heap.h>
#include <env/env.h>
#include <env/env_block.h>
#include <lib/ctype.h>
#include <lib/errstr.h>

static struct {
	const struct env_store *selected; /* NULL: nobody has chosen */
	const struct env_store *used;     /* loaded from or saved to last */
	int copy;                         /* in it, -1 none */
	bool loaded;
} state = { .copy = -1 };

/* A copy that was read and is right. */
struct copy {
	unsigned int n;
	size_t size;
	char *buf; /* from the heap */
	struct env_block block;
};

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

/* ---- which copy ---- */

/* Its first bytes. Return: 0; -ENOENT there is none; -EBADMSG no copy is so long or
 * short; device's */
static int look(const struct env_store *s, unsigned int n,
		uint8_t head[ENV_BLOCK_HEAD])
{
	size_t size;
	int ret = s->size(n, &size);

	if (ret)
		return ret;
	if (size < ENV_BLOCK_MIN || size > ENV_BLOCK_MAX)
		return -EBADMSG;
	ret = s->read(n, ENV_BLOCK_HEAD, head);
	if (!ret && env_block_blank(head))
		ret = -ENOENT;
	return ret;
}

static int read_copy(const struct env_store *s, unsigned int n, struct copy *c)
{
	int ret = s->size(n, &c->size);

	c->n = n;
	if (ret)
		return ret;
	c->buf = heap_alloc(c->size);
	if (!c->buf)
		return -ENOMEM;
	ret = s->read(n, c->size, c->buf);
	if (!ret)
		ret = env_block_open(c->buf, c->size, &c->block);
	if (!ret)
		return 0;
	heap_free(c->buf);
	c->buf = NULL;
	return ret;
}

/* Is @ret about a copy, and not about the medium? */
static bool no_copy(int ret)
{
	return ret == -ENOENT || ret == -EBADMSG;
}

/*
 * The newer copy that is right: @first, if it is. One with flags is preferred to one
 * without: that was written before there were two.
 * @got: what is known of each, as look() says it; becomes what read_copy() says
 * Return: 0; as choose
 */
static int choose_of(const struct env_store *s, int got[2], unsigned int first,
		     struct copy *c)
{
	struct copy other;

	if (!got[first])
		got[first] = read_copy(s, first, c);
	if (got[first] ? !no_copy(got[first]) : !c->block.single)
		return got[first];
	if (!got[!first])
		got[!first] = read_copy(s, !first, &other);
	if (got[!first]) {
		if (!got[first] || got[!first] == -ENOENT)
			return got[first];
		return got[!first];
	}
	if (!got[first] && other.block.single) {
		heap_free(other.buf);
		return 0;
	}
	if (!got[first])
		heap_free(c->buf);
	*c = other;
	return 0;
}

/* Return: 0; -ENOENT neither copy is there; -EBADMSG none that is there is right;
 * device's */
static int choose(const struct env_store *s, struct copy *c, bool *damaged)
{
	uint8_t head[2][ENV_BLOCK_HEAD];
	unsigned int first;
	int got[2], ret;

	for (unsigned int n = 0; n < 2; n++) {
		got[n] = look(s, n, head[n]);
		if (got[n] && !no_copy(got[n]))
			return got[n];
	}
	first = !got[1] &&
		(got[0] || env_block_newer(env_block_flags(head[1]),
					   env_block_flags(head[0])));
	ret = choose_of(s, got, first, c);
	*damaged = !ret && (got[0] == -EBADMSG || got[1] == -EBADMSG);
	return ret;
}

static int fail(struct env_result *r, int err)
{
	if (!r->why && r->store && r->store->error)
		r->why = r->store->error(err);
	if (!r->why)
		r->why = err_str(err);
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
	(void)arg;
	(void)why;
	return is_fact(name) ? 0 : env_set(name, value);
}

static int load_from(const struct env_store *s, struct env_result *r)
{
	const struct env_sink to = { take, NULL };
	struct copy c;
	int ret;

	*r = (struct env_result){ .store = s };
	ret = s->open(false, &r->where, &r->why);
	if (!ret)
		ret = choose(s, &c, &r->damaged);
	if (ret == -ENOENT && !r->why)
		r->why = "nothing is saved there";
	if (ret)
		return fail(r, ret);
	ret = env_default();
	/* A variable that is not taken does not lose the others. */
	if (!ret && !env_read_data(c.block.data, c.block.len, &to, &r->bad))
		r->bad.why = NULL;
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
		if (err == -EBADMSG && s->is_foreign && s->is_foreign())
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
	const struct env_store *t = NULL;
	const char *where, *why;
	struct copy c;
	bool damaged;

	while ((t = next_in_order(t ? t->order : 0)) && t->order < s->order)
		if (!t->open(false, &where, &why) && !choose(t, &c, &damaged)) {
			heap_free(c.buf);
			return t;
		}
	return NULL;
}

/* ---- saving ---- */

static int write_copy(const struct env_store *s, const struct copy *c)
{
	int ret = s->write(c->n, c->size, c->buf);

	if (!ret) {
		state.used = s;
		state.copy = (int)c->n;
	}
	return ret;
}

/* A store that has none yet gets both, so that tools which want two find them. */
static int write_first(const struct env_store *s, struct copy *c)
{
	int ret = write_copy(s, c);

	if (ret)
		return ret;
	c->block.flags--;
	env_block_seal(c->buf, c->size, &c->block);
	ret = s->write(1, c->size, c->buf);
	return ret;
}

/* Over the older copy. */
static int write_next(const struct env_store *s, struct copy *c)
{
	bool single = c->block.single;
	unsigned int old = c->n;
	int ret;

	c->block.single = single && s->atomic;
	if (!c->block.single)
		c->n = !old;
	c->block.flags = s->active_flag ? 1 : (uint8_t)(c->block.flags + 1);
	ret = env_block_make(c->buf, c->size, &c->block);
	if (!ret)
		ret = write_copy(s, c);
	if (!ret && s->active_flag && !single)
		ret = s->retire(old);
	return ret;
}

static int make_first(const struct env_store *s, struct copy *c)
{
	int ret;

	*c = (struct copy){ .size = ENV_BLOCK_SIZE, .block.flags = 1 };
	c->buf = heap_alloc(c->size);
	if (!c->buf)
		return -ENOMEM;
	ret = env_block_make(c->buf, c->size, &c->block);
	return ret ? ret : write_first(s, c);
}

int env_save(struct env_result *r)
{
	const struct env_store *s = env_store_chosen();
	struct copy c = { .buf = NULL };
	int ret;

	*r = (struct env_result){ .store = s };
	ret = s->open(true, &r->where, &r->why);
	if (!ret) {
		ret = choose(s, &c, &r->damaged);
		if (!ret)
			ret = write_next(s, &c);
		else if (ret == -ENOENT || ret == -EBADMSG)
			ret = make_first(s, &c);
		heap_free(c.buf);
	}
	return ret ? fail(r, ret) : 0;
}

int env_erase(struct env_result *r)
{
	const struct env_store *s = env_store_chosen();
	int ret;

	*r = (struct env_result){ .store = s };
	ret = s->open(true, &r->where, &r->why);
	for (unsigned int n = 0; !ret && n < 2; n++)
		ret = s->erase(n);
	if (!ret && s == state.used)
		state.copy = -1;
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
