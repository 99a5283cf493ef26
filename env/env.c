/* SPDX-License-Identifier: BSD-2-Clause */
/* The environment: one table of variables, and the text of its defaults. */
#include <env/env.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <core/heap.h>
#include <env/text.h>
#include <env/vars.h>
#include <lib/parse.h>

#define LATER_MAX 64 /* the longest value found out late, with its NUL */

/* A variable whose value is found out when it is read. */
struct later {
	const char *name; /* NULL: none */
	int (*value)(char *text, size_t size);
};

static struct {
	struct vars vars;
	struct later later;
	const char *found; /* what was found out late, and not set since */
	char *defaults;    /* as text */
	struct later defaults_later;
} env = { .vars = { .max = ENV_MAX_SIZE } };

void env_set_later(const char *name, int (*value)(char *text, size_t size))
{
	env.later = (struct later){ name, value };
}

static bool is_later(const char *name)
{
	return env.later.name && !strcmp(env.later.name, name);
}

static bool is_found(const char *name)
{
	return env.found && !strcmp(env.found, name);
}

/* What cannot be found out, or has no room, is not set. */
static void settle(void)
{
	struct later l = env.later;
	char text[LATER_MAX];

	env.later.name = NULL;
	if (l.name && !l.value(text, sizeof(text)) &&
	    !vars_set(&env.vars, l.name, text))
		env.found = l.name;
}

const char *env_get(const char *name)
{
	if (is_later(name))
		settle();
	return vars_get(&env.vars, name);
}

uint64_t env_get_hex(const char *name, uint64_t missing)
{
	const char *text = env_get(name);
	uint64_t value;

	if (!text || parse_u64(text, 16, &value))
		return missing;
	return value;
}

static int call_hook(const char *name, const char *value)
{
	for_each_entry (env_hook, const struct env_hook, it)
		if (value && *value && !strcmp((*it)->name, name))
			return (*it)->set(value);
	return 0;
}

int env_set(const char *name, const char *value)
{
	int ret = call_hook(name, value);

	if (ret)
		return ret;
	if (is_later(name))
		env.later.name = NULL;
	if (is_found(name))
		env.found = NULL;
	return vars_set(&env.vars, name, value);
}

int env_set_hex(const char *name, uint64_t value)
{
	char text[17];

	snprintf(text, sizeof(text), "%llx", (unsigned long long)value);
	return env_set(name, text);
}

int env_walk(int (*fn)(void *arg, const char *name, const char *value),
	     void *arg)
{
	settle();
	return vars_walk(&env.vars, fn, arg);
}

size_t env_size(void)
{
	settle();
	return env.vars.bytes;
}

void env_clear(void)
{
	env.later.name = NULL;
	env.found = NULL;
	vars_clear(&env.vars);
}

static int set_one(void *arg, const char *name, const char *value,
		   const char **why)
{
	(void)arg;
	(void)why;
	return env_set(name, value);
}

int env_import_text(const char *text, size_t len, struct env_bad *bad)
{
	const struct env_sink to = { set_one, NULL, NULL };

	return env_read_text(text, len, true, &to, bad);
}

/* The variables that are set; NUL-ended. */
static size_t export_set(char *buf, size_t size)
{
	struct env_out out = { .buf = buf, .size = size };

	(void)vars_walk(&env.vars, env_put_text, &out);
	if (out.len < size)
		buf[out.len] = '\0';
	else if (size)
		buf[size - 1] = '\0';
	return out.len;
}

size_t env_export_text(char *buf, size_t size)
{
	settle();
	return export_set(buf, size);
}

int env_default_keep(void)
{
	size_t size = export_set(NULL, 0) + 1;
	char *text = heap_alloc(size);

	if (!text)
		return -ENOMEM;
	(void)export_set(text, size);
	heap_free(env.defaults);
	env.defaults_later = env.later;
	env.defaults = text;
	return 0;
}

int env_default_over(void)
{
	const char *later = env.defaults_later.name;

	if (later && env_get(later) && env_set(later, NULL))
		return -ENOMEM;
	env.later = env.defaults_later;
	if (!env.defaults)
		return 0;
	return env_import_text(env.defaults, strlen(env.defaults), NULL);
}

int env_default(void)
{
	env_clear();
	return env_default_over();
}

/* What it was by default, of one variable. */
struct wanted {
	const char *name;
	bool found;
};

static int take_wanted(void *arg, const char *name, const char *value,
		       const char **why)
{
	struct wanted *w = arg;

	(void)why;
	if (strcmp(w->name, name) != 0)
		return 0;
	w->found = true;
	return env_set(name, value);
}

static int is_wanted(void *arg, const char *name, const char *value,
		     const char **why)
{
	struct wanted *w = arg;
	const char *now = env_get(name);

	(void)why;
	if (!strcmp(w->name, name))
		w->found = now && !strcmp(now, value);
	return 0;
}

bool env_is_default(const char *name)
{
	struct wanted w = { .name = name };
	const struct env_sink to = { is_wanted, NULL, &w };

	if (is_later(name) || is_found(name))
		return true;
	return env.defaults &&
	       !env_read_text(env.defaults, strlen(env.defaults), false, &to,
			      NULL) &&
	       w.found;
}

int env_default_one(const char *name)
{
	struct wanted w = { .name = name };
	const struct env_sink to = { take_wanted, NULL, &w };
	int ret = 0;

	if (env.defaults_later.name && !strcmp(env.defaults_later.name, name)) {
		ret = env_set(name, NULL);
		env.later = env.defaults_later;
		return ret;
	}
	if (env.defaults)
		ret = env_read_text(env.defaults, strlen(env.defaults), false,
				    &to, NULL);
	return ret || w.found ? ret : -ENOENT;
}

/* ---- what is stored ---- */

struct stored {
	int (*fn)(void *arg, const char *name, const char *value);
	void *arg;
};

static int store_set(void *arg, const char *name, const char *value)
{
	const struct stored *s = arg;

	return is_found(name) ? 0 : s->fn(s->arg, name, value);
}

static int store_gone(void *arg, const char *name, const char *value,
		      const char **why)
{
	const struct stored *s = arg;

	(void)value;
	(void)why;
	return vars_get(&env.vars, name) ? 0 : s->fn(s->arg, name, "");
}

int env_walk_stored(int (*fn)(void *arg, const char *name, const char *value),
		    void *arg)
{
	struct stored s = { fn, arg };
	const struct env_sink to = { store_gone, NULL, &s };
	int ret = vars_walk(&env.vars, store_set, &s);

	if (ret || !env.defaults)
		return ret;
	return env_read_text(env.defaults, strlen(env.defaults), false, &to,
			     NULL);
}
