/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Variables as bytes, in the two forms U-Boot has: text, "name=value" lines in which a
 * backslash takes the next character as it is, and data, "name=value" strings that each
 * end in a NUL, the last followed by an empty one. Both come from people, disks and
 * QEMU's command line: they are walked once, by length, and a bad one does not lose the
 * good ones.
 */
#ifndef VIREO_ENV_TEXT_H
#define VIREO_ENV_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <lib/compiler.h>

/* Which variable is not taken, and why. */
struct env_bad {
	unsigned int line; /* line or string, from 1; 0: no line's fault */
	const char *why;   /* static */
};

/* Who gets them. An empty @value deletes. */
struct env_sink {
	/* Return: 0; an error, with *why a static text, NULL: the error's own */
	int (*take)(void *arg, const char *name, const char *value,
		    const char **why);
	/* Each that is not taken, with what stands for its name; NULL: not told */
	void (*refused)(void *arg, const char *name, const char *why);
	void *arg;
};

/*
 * env_read_text - lines; '#' lines and blank lines are skipped. Ends at a NUL.
 * env_read_data - strings, up to the empty one.
 * @crlf: a carriage return before a newline belongs to the line's end, not to the value
 * @bad: of the first that is not taken, the others still are; may be NULL
 * Return: 0; that one's error: -EINVAL no '=' or a bad name, -EBADMSG the last string
 *         does not end, what @to says; -ENOMEM
 */
must_check int env_read_text(const char *text, size_t len, bool crlf,
			     const struct env_sink *to, struct env_bad *bad);
must_check int env_read_data(const char *data, size_t len,
			     const struct env_sink *to, struct env_bad *bad);

/* Bytes being written: what does not fit @size is only counted. */
struct env_out {
	char *buf;
	size_t size, len;
};

/* env_put_text, env_put_data - one variable more; @arg is a struct env_out. For
 * env_walk. Return: 0 */
int env_put_text(void *arg, const char *name, const char *value);
int env_put_data(void *arg, const char *name, const char *value);

/* env_put_end - one NUL more. */
void env_put_end(struct env_out *out);

#endif
