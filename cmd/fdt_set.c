/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fdt set: a property from words. <1 0x2> are 32-bit cells, numbers as in C;
 * [00 11] are bytes in hexadecimal; anything else is a list of strings, one per word.
 */
#include "fdt.h"

#include <string.h>

#include <libfdt.h>

#include <boot/fdt.h>
#include <core/console.h>
#include <core/heap.h>
#include <lib/byteorder.h>
#include <lib/ctype.h>
#include <lib/parse.h>

#define VALUE_MAX 4096 /* bytes */

struct value {
	uint8_t *data;
	size_t len;
};

static bool append(struct value *v, const void *data, size_t len)
{
	if (len > VALUE_MAX - v->len) {
		con_printf("fdt set: a value may have %d bytes\n", VALUE_MAX);
		return false;
	}
	memcpy(v->data + v->len, data, len);
	v->len += len;
	return true;
}

static bool append_cell(struct value *v, const char **text)
{
	const char *start = *text;
	uint8_t cell[4];
	uint64_t n;

	if (parse_prefix_u64(start, 10, &n, text) || n > UINT32_MAX) {
		con_printf("Sorry, I could not convert \"%s\"\n", start);
		return false;
	}
	put_be32(cell, (uint32_t)n);
	return append(v, cell, sizeof(cell));
}

/* Two digits at a time, so that "0011" is two bytes. */
static bool append_byte(struct value *v, const char **text)
{
	char pair[3] = { (*text)[0], is_alnum((*text)[1]) ? (*text)[1] : '\0' };
	uint64_t n;
	uint8_t byte;

	if (!is_alnum(pair[0]) || parse_u64(pair, 16, &n)) {
		con_printf("Sorry, I could not convert \"%s\"\n", *text);
		return false;
	}
	*text += strlen(pair);
	byte = (uint8_t)n;
	return append(v, &byte, 1);
}

/* Words between the opening and the closing bracket, which may be apart. */
static bool parse_list(const struct cmd_call *call, struct value *v, char close,
		       bool (*one)(struct value *v, const char **text))
{
	for (int i = 3; i < call->argc; i++) {
		const char *s = call->argv[i] + (i == 3);

		for (;;) {
			while (is_space(*s))
				s++;
			if (!*s)
				break;
			if (*s == close && !s[1] && i == call->argc - 1)
				return true;
			if (*s == close) {
				con_printf("Unexpected character '%c'\n", *s);
				return false;
			}
			if (!one(v, &s))
				return false;
		}
	}
	con_printf("fdt set: '%c' is missing\n", close);
	return false;
}

static bool parse_strings(const struct cmd_call *call, struct value *v)
{
	for (int i = 3; i < call->argc; i++)
		if (!append(v, call->argv[i], strlen(call->argv[i]) + 1))
			return false;
	return true;
}

static bool parse(const struct cmd_call *call, struct value *v)
{
	if (call->argc < 4)
		return true;
	switch (call->argv[3][0]) {
	case '<':
		return parse_list(call, v, '>', append_cell);
	case '[':
		return parse_list(call, v, ']', append_byte);
	default:
		return parse_strings(call, v);
	}
}

static int set(const struct cmd_call *call, struct value *v)
{
	const char *name = call->argv[2];
	void *fdt;
	int node;

	if (!*name || strlen(name) > BOOT_FDT_NAME_MAX) {
		con_printf("fdt set: '%s' is no name for a property\n", name);
		return CMD_FAIL;
	}
	if (!parse(call, v))
		return CMD_FAIL;
	node = fdt_edit_node(call, call->argv[1], v->len + strlen(name) + 64,
			     &fdt);
	if (node < 0)
		return CMD_FAIL;
	return fdt_edited(fdt, "fdt_setprop",
			  fdt_setprop(fdt, node, name, v->data, (int)v->len));
}

int do_fdt_set(const struct cmd_call *call)
{
	struct value v = { .data = heap_alloc(VALUE_MAX) };
	int ret;

	if (!v.data) {
		con_puts("fdt set: out of memory\n");
		return CMD_FAIL;
	}
	ret = set(call, &v);
	heap_free(v.data);
	return ret;
}
