/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The environment: one table of variables, its default text, and the text form
 * "env export -t" writes and "env import -t" reads. The text comes from people,
 * disks and QEMU's command line: it is walked once, by length, and a bad line
 * does not lose the good ones.
 */
#include <env/env.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <core/heap.h>
#include <env/vars.h>
#include <lib/errstr.h>
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
	char *defaults; /* as text */
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

/* What cannot be found out, or has no room, is not set. */
static void settle(void)
{
	struct later l = env.later;
	char text[LATER_MAX];

	env.later.name = NULL;
	if (l.name && !l.value(text, sizeof(text)))
		(void)!vars_set(&env.vars, l.name, text);
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
	vars_clear(&env.vars);
}

/*
 * One line of [*text, end) into @line, unescaped: a backslash keeps the next
 * character, even a newline, from meaning anything. A carriage return before
 * the newline belongs to the line end. *text moves past the newline.
 */
static void take_line(const char **text, const char *end, char *line)
{
	const char *p = *text;
	size_t len = 0;
	bool plain_cr = false;

	while (p < end && *p != '\n' && *p) {
		plain_cr = *p == '\r';
		if (*p == '\\' && p + 1 < end && p[1])
			p++;
		line[len++] = *p++;
	}
	if (plain_cr)
		len--;
	line[len] = '\0';
	*text = p < end && *p ? p + 1 : p;
}

static int import_line(char *line, const char **why)
{
	int ret;
	char *eq;

	while (*line == ' ' || *line == '\t')
		line++;
	if (!*line || *line == '#')
		return 0;
	eq = strchr(line, '=');
	*why = "no '='";
	if (!eq)
		return -EINVAL;
	*eq = '\0';
	*why = *line ? "illegal character in the name" : "no name";
	if (!vars_name_ok(line))
		return -EINVAL;
	ret = env_set(line, eq + 1);
	*why = err_str(ret);
	return ret;
}

int env_import_text(const char *text, size_t len, struct env_bad *bad)
{
	const char *end = text + len, *from, *why = NULL;
	char *line = heap_alloc(len + 1);
	unsigned int at = 1;
	int ret = 0, err;

	if (bad)
		*bad = (struct env_bad){ 0, err_str(-ENOMEM) };
	if (!line)
		return -ENOMEM;
	while (text < end && *text) {
		from = text;
		take_line(&text, end, line);
		err = import_line(line, &why);
		if (err && !ret && bad)
			*bad = (struct env_bad){ at, why };
		if (err && !ret)
			ret = err;
		for (; from < text; from++)
			at += *from == '\n';
	}
	heap_free(line);
	return ret;
}

struct export
{
	char *buf;
	size_t size, len;
};

static void export_put(struct export *e, char c)
{
	if (e->len < e->size)
		e->buf[e->len] = c;
	e->len++;
}

static int export_one(void *arg, const char *name, const char *value)
{
	struct export *e = arg;

	for (; *name; name++)
		export_put(e, *name);
	export_put(e, '=');
	for (; *value; value++) {
		if (*value == '\n' || *value == '\r' || *value == '\\')
			export_put(e, '\\');
		export_put(e, *value);
	}
	export_put(e, '\n');
	return 0;
}

/* The variables that are set; NUL-ended. */
static size_t export_set(char *buf, size_t size)
{
	struct export e = { .buf = buf, .size = size };

	(void)vars_walk(&env.vars, export_one, &e);
	if (e.len < size)
		buf[e.len] = '\0';
	else if (size)
		buf[size - 1] = '\0';
	return e.len;
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

int env_default(void)
{
	env_clear();
	env.later = env.defaults_later;
	if (!env.defaults)
		return 0;
	return env_import_text(env.defaults, strlen(env.defaults), NULL);
}
