/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What variables may be set to, as U-Boot's variable ".flags" says it: "NAME:TA,…" with
 * a letter for the type and one for the access. Asked by what people set: the
 * firmware itself is not bound by them.
 */
#ifndef VIREO_ENV_FLAGS_H
#define VIREO_ENV_FLAGS_H

#include <stdbool.h>
#include <stddef.h>

struct env_flags {
	char type; /* s text, d decimal, x hexadecimal, b boolean, i IP, m MAC address */
	char access; /* a any, r read-only, o write once, c only as long as it has its default */
};

/* What each letter is called; the first is what holds without one. */
struct env_flag_name {
	char letter;
	const char *name;
};
extern const struct env_flag_name env_flag_types[6];
extern const struct env_flag_name env_flag_accesses[4];

/* What holds without ".flags", which is asked first. In its form. */
extern const char env_flags_built_in[];

/* env_flags_of - those of @name. */
struct env_flags env_flags_of(const char *name);

/* env_flags_next - walk a list of flags: *list moves past an entry.
 * Return: false at the end; the name is cut to @size */
bool env_flags_next(const char **list, char *name, size_t size,
		    struct env_flags *f);

/* env_flag_find - by its letter; the first when there is none such. */
const struct env_flag_name *env_flag_type(char letter);
const struct env_flag_name *env_flag_access(char letter);

/* env_type_ok - is @value, which is not empty, of this type? */
bool env_type_ok(char type, const char *value);

/*
 * env_access_refused - may @name become @value, NULL or "" to be deleted? The value it
 * has it may always be set to.
 * Return: NULL: it may; else the reason
 */
const char *env_access_refused(char access, const char *name,
			       const char *value);

#endif
