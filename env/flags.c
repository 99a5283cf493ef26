/* SPDX-License-Identifier: BSD-2-Clause */
/* Types and access of variables. Source: U-Boot, doc/usage/environment.rst, "Flags". */
#include <env/flags.h>

#include <string.h>

#include <env/env.h>
#include <lib/compiler.h>
#include <lib/ctype.h>

#define NAME_MAX_LEN 64

const struct env_flag_name env_flag_types[6] = {
	{ 's', "string" },  { 'd', "decimal" },    { 'x', "hexadecimal" },
	{ 'b', "boolean" }, { 'i', "IP address" }, { 'm', "MAC address" },
};

const struct env_flag_name env_flag_accesses[4] = {
	{ 'a', "any" },
	{ 'r', "read-only" },
	{ 'o', "write-once" },
	{ 'c', "change-default" },
};

/* Identities that a slip should not change, and what the network reads. */
const char env_flags_built_in[] =
	"ethaddr:mo,serial#:so,ipaddr:i,netmask:i,gatewayip:i,serverip:i,"
	"dnsip:i";

static const struct env_flag_name *find(const struct env_flag_name *table,
					size_t count, char letter)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].letter == letter)
			return &table[i];
	return table;
}

const struct env_flag_name *env_flag_type(char letter)
{
	return find(env_flag_types, array_size(env_flag_types), letter);
}

const struct env_flag_name *env_flag_access(char letter)
{
	return find(env_flag_accesses, array_size(env_flag_accesses), letter);
}

/* The letters behind the colon; one that nobody knows is none. */
static struct env_flags letters(const char *p)
{
	return (struct env_flags){
		.type = env_flag_type(p[0])->letter,
		.access = env_flag_access(p[0] ? p[1] : '\0')->letter,
	};
}

bool env_flags_next(const char **list, char *name, size_t size,
		    struct env_flags *f)
{
	const char *p = *list, *end, *colon;
	size_t len;

	while (*p == ' ' || *p == ',')
		p++;
	if (!*p)
		return false;
	end = strchr(p, ',');
	if (!end)
		end = p + strlen(p);
	for (colon = p; colon < end && *colon != ':';)
		colon++;
	len = (size_t)(colon - p);
	if (len >= size)
		len = size - 1;
	memcpy(name, p, len);
	name[len] = '\0';
	*f = letters(colon < end ? colon + 1 : "");
	*list = end;
	return true;
}

static bool look(const char *list, const char *name, struct env_flags *f)
{
	char entry[NAME_MAX_LEN];

	while (list && env_flags_next(&list, entry, sizeof(entry), f))
		if (!strcmp(entry, name))
			return true;
	return false;
}

struct env_flags env_flags_of(const char *name)
{
	struct env_flags f;

	if (look(env_get(".flags"), name, &f) ||
	    look(env_flags_built_in, name, &f))
		return f;
	return letters("");
}

/* ---- types ---- */

static bool all(const char *s, bool (*is)(char c))
{
	while (is(*s))
		s++;
	return !*s;
}

static bool decimal(char c)
{
	return is_digit(c);
}

static bool hexadecimal(char c)
{
	return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f');
}

/* @count numbers of @digits at most with @sep between them. */
static bool parts(const char *s, unsigned int count, char sep,
		  unsigned int digits)
{
	while (count--) {
		bool (*is)(char c) = sep == '.' ? decimal : hexadecimal;
		unsigned int n = 0, value = 0;

		for (; n < digits && is(*s); n++, s++)
			value = value * 10 + (unsigned int)(*s - '0');
		if (!n || (sep == '.' && value > 255))
			return false;
		if (*s++ != (count ? sep : '\0'))
			return false;
	}
	return true;
}

bool env_type_ok(char type, const char *value)
{
	switch (type) {
	case 'd':
		return all(value, decimal);
	case 'x':
		if (value[0] == '0' && to_lower(value[1]) == 'x')
			value += 2;
		return *value && all(value, hexadecimal);
	case 'b':
		return strchr("1ytYT0nfNF", value[0]) && !value[1];
	case 'i':
		return parts(value, 4, '.', 3);
	case 'm':
		return parts(value, 6, ':', 2);
	default:
		return true;
	}
}

/* ---- access ---- */

const char *env_access_refused(char access, const char *name, const char *value)
{
	const char *old = env_get(name);
	bool deletes = !value || !*value;

	if (access == 'a' || (!old && deletes) ||
	    (old && !deletes && !strcmp(old, value)))
		return NULL;
	if (access == 'r')
		return "it is read-only";
	if (!old)
		return NULL;
	if (access == 'c' && !deletes && env_is_default(name))
		return NULL;
	return access == 'c' ? "it is changed already"
			     : "it is set already; -f forces it";
}
