/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table of variables: the environment is one, the shell's locals another.
 * Zero-initialised it is empty. Names have no '=', backslash, blank or control
 * character and do not begin with '#': they need no escapes in the text form.
 * Values are any text.
 */
#ifndef VIREO_ENV_VARS_H
#define VIREO_ENV_VARS_H

#include <stdbool.h>
#include <stddef.h>

#include <lib/compiler.h>

struct vars {
	char **items; /* "name=value", from the heap, sorted by name */
	size_t count; /* of items */
	size_t room;  /* items that fit before the array must grow */
	size_t bytes; /* all "name=value\0" together */
	size_t max;   /* bytes may not pass this; set by the owner */
};

/* vars_name_ok - may a variable be called this? */
bool vars_name_ok(const char *name);

/* vars_get - the value, valid until that variable changes; NULL: not set. */
const char *vars_get(const struct vars *v, const char *name);

/* vars_set - copies both; NULL or "" deletes.
 * Return: 0; -EINVAL bad name; -ENOSPC would pass v->max; -ENOMEM */
must_check int vars_set(struct vars *v, const char *name, const char *value);

/* vars_walk - all, sorted; @fn's non-zero return ends it and is returned.
 * @fn may not change @v. */
int vars_walk(const struct vars *v,
	      int (*fn)(void *arg, const char *name, const char *value),
	      void *arg);

/* vars_clear - delete all. */
void vars_clear(struct vars *v);

#endif
