/* SPDX-License-Identifier: BSD-2-Clause */
/* The two forms of variables as bytes; what they are is told in the header. */
#include <env/text.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <core/heap.h>
#include <env/vars.h>
#include <lib/errstr.h>

/* ---- reading ---- */

/*
 * One line of [*text, end) into @line, unescaped: a backslash keeps the next
 * character, even a newline, from meaning anything. *text moves past the newline.
 */
static void take_line(const char **text, const char *end, bool crlf, char *line)
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
	if (crlf && plain_cr && p < end && *p)
		len--;
	line[len] = '\0';
	*text = p < end && *p ? p + 1 : p;
}

/* "name=value", which is cut in two. */
static int take_item(char *item, const struct env_sink *to, const char **why)
{
	char *eq = strchr(item, '=');
	int ret;

	*why = "no '='";
	if (!eq)
		return -EINVAL;
	*eq = '\0';
	*why = *item ? "illegal character in the name" : "no name";
	if (!vars_name_ok(item))
		return -EINVAL;
	*why = NULL;
	ret = to->take(to->arg, item, eq + 1, why);
	if (ret && !*why)
		*why = err_str(ret);
	return ret;
}

static int refuse(const char *item, const struct env_sink *to, const char *why,
		  int ret)
{
	if (ret && to->refused)
		to->refused(to->arg, item, why);
	return ret;
}

static int take(char *item, const struct env_sink *to, const char **why)
{
	int ret = take_item(item, to, why);

	return refuse(item, to, *why, ret);
}

static int take_text(char *line, const struct env_sink *to, const char **why)
{
	while (*line == ' ' || *line == '\t')
		line++;
	return *line && *line != '#' ? take(line, to, why) : 0;
}

/* The first error is kept. */
static void note(int *ret, int err, struct env_bad *bad, unsigned int line,
		 const char *why)
{
	if (!err || *ret)
		return;
	*ret = err;
	if (bad)
		*bad = (struct env_bad){ line, why };
}

static int no_memory(struct env_bad *bad)
{
	if (bad)
		*bad = (struct env_bad){ 0, err_str(-ENOMEM) };
	return -ENOMEM;
}

int env_read_text(const char *text, size_t len, bool crlf,
		  const struct env_sink *to, struct env_bad *bad)
{
	const char *end = text + len, *from, *why = NULL;
	char *line = heap_alloc(len + 1);
	unsigned int at = 1;
	int ret = 0, err;

	if (!line)
		return no_memory(bad);
	while (text < end && *text) {
		from = text;
		take_line(&text, end, crlf, line);
		err = take_text(line, to, &why);
		note(&ret, err, bad, at, why);
		for (; from < text; from++)
			at += *from == '\n';
	}
	heap_free(line);
	return ret;
}

int env_read_data(const char *data, size_t len, const struct env_sink *to,
		  struct env_bad *bad)
{
	char *copy = heap_alloc(len + 1), *item = copy; /* ends in a NUL */
	const char *why = NULL;
	unsigned int at = 1;
	int ret = 0, err;

	if (!copy)
		return no_memory(bad);
	memcpy(copy, data, len);
	for (size_t left = len, n; left && *item; at++) {
		n = strlen(item) + 1;
		if (n > left) {
			why = "it does not end";
			err = refuse(item, to, why, -EBADMSG);
			note(&ret, err, bad, at, why);
			break;
		}
		err = take(item, to, &why);
		note(&ret, err, bad, at, why);
		item += n;
		left -= n;
	}
	heap_free(copy);
	return ret;
}

/* ---- writing ---- */

static void put(struct env_out *out, char c)
{
	if (out->len < out->size)
		out->buf[out->len] = c;
	out->len++;
}

static void put_name(struct env_out *out, const char *name)
{
	for (; *name; name++)
		put(out, *name);
	put(out, '=');
}

int env_put_text(void *arg, const char *name, const char *value)
{
	struct env_out *out = arg;

	put_name(out, name);
	for (; *value; value++) {
		if (*value == '\n' || *value == '\r' || *value == '\\')
			put(out, '\\');
		put(out, *value);
	}
	put(out, '\n');
	return 0;
}

int env_put_data(void *arg, const char *name, const char *value)
{
	struct env_out *out = arg;

	put_name(out, name);
	for (; *value; value++)
		put(out, *value);
	put(out, '\0');
	return 0;
}

void env_put_end(struct env_out *out)
{
	put(out, '\0');
}
