/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Environment variables: names without '=' or blanks, values any text.
 * Setting copies. A value returned stays valid until that variable changes.
 */
#ifndef VIREO_ENV_ENV_H
#define VIREO_ENV_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <env/text.h>
#include <lib/compiler.h>
#include <lib/table.h>

#define ENV_MAX_SIZE 65536 /* all "name=value\0" together, bytes */

/* NULL when it is not set. */
const char *env_get(const char *name);

/* env_get_hex - the value as hexadecimal, @missing when unset or not a number. */
uint64_t env_get_hex(const char *name, uint64_t missing);

/* env_set - NULL or "" deletes.
 * Return: 0; -EINVAL bad name; -ENOSPC would pass ENV_MAX_SIZE; -ENOMEM; what a
 *         hook says */
must_check int env_set(const char *name, const char *value);

/*
 * A variable that acts when it is set to something, by whomever: one file that ends in
 * TABLE_ENTRY(env_hook, &x). What its set refuses env_set refuses, with that error.
 */
struct env_hook {
	const char *name;
	int (*set)(const char *value);
};
TABLE_DECLARE(env_hook, const struct env_hook);

/* env_set_hex - lower-case hexadecimal without 0x, as filesize is. */
must_check int env_set_hex(const char *name, uint64_t value);

/*
 * env_set_later - a variable whose value costs something to find out: @value is
 * asked for it when it, or everything, is first read, and unless it was set before.
 * One variable at most; it stays one of the defaults.
 * @value: fills @text. Return: 0; else the variable is not set
 */
void env_set_later(const char *name, int (*value)(char *text, size_t size));

/* env_walk - all variables, sorted by name; @fn's non-zero return ends it. */
int env_walk(int (*fn)(void *arg, const char *name, const char *value),
	     void *arg);

size_t env_size(void); /* bytes in use, as printenv reports */

/*
 * env_import_text - set what a text has: env_read_text.
 * Return: as env_read_text; as env_set
 */
must_check int env_import_text(const char *text, size_t len,
			       struct env_bad *bad);

/*
 * env_export_text - the text form, sorted, NUL-ended when @size > 0.
 * Return: bytes the whole text needs without the NUL (may exceed @size)
 */
size_t env_export_text(char *buf, size_t size);

void env_clear(void); /* delete everything */

/* env_default_keep - what is set now is what env_default goes back to. Called
 * once by board/, after the defaults. Return: 0; -ENOMEM */
must_check int env_default_keep(void);

/* env_default - back to that. Return: as env_import_text
 * env_default_over - the same, but variables that have no default stay.
 * env_default_one - one variable is. Return: 0; -ENOENT it is none of the defaults; as
 * env_set */
must_check int env_default(void);
must_check int env_default_over(void);
must_check int env_default_one(const char *name);

/* env_is_default - has it the value that env_default gives it? */
bool env_is_default(const char *name);

/*
 * env_walk_stored - what is to be kept over a restart: every variable but one that was
 * found out late (the next machine may have another card), and, with an empty value, the
 * defaults that were deleted. @fn's non-zero return ends it.
 */
int env_walk_stored(int (*fn)(void *arg, const char *name, const char *value),
		    void *arg);

#endif
