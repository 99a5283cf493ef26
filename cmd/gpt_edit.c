/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The subcommands of gpt that look at a table or change what is in it, in U-Boot's
 * words. PART is decimal, as there. Names are compared as UTF-8.
 */
#include "gpt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/console.h>
#include <core/heap.h>
#include <env/env.h>
#include <lib/errstr.h>
#include <lib/parse.h>

#include "part_desc.h"
#include "where.h"

static bool is_named(const struct part_new *p, const char *name)
{
	char text[PART_NAME_SIZE];

	part_new_name(p, text);
	return !strcmp(text, name);
}

/* ---- showing ---- */

static void print_part(const struct gpt_table *g, const struct part_new *p)
{
	uint64_t block = g->disk->block_size;
	char name[PART_NAME_SIZE], uuid[37];

	part_new_name(p, name);
	con_printf("Partition %u:\nStart %lluMiB, size %lluMiB\n"
		   "Block size %llu, name ",
		   p->number, (unsigned long long)(p->lba * block >> 20),
		   (unsigned long long)(p->nblocks * block >> 20),
		   (unsigned long long)block);
	con_put_safe(name, "");
	/* U-Boot says the same of every type. */
	con_printf("\nType U-Boot, bootable %d\n",
		   p->attrs & GPT_ATTR_BOOTABLE ? 1 : 0);
	format_uuid(p->guid, uuid);
	con_printf("UUID %s\n", uuid);
	format_uuid(p->type_guid, uuid);
	con_printf("Type GUID %s\n\n", uuid);
}

static unsigned int count_parts(const struct gpt_table *g)
{
	unsigned int n = 0;
	struct part_new p;

	for (unsigned int i = 1; i <= g->nentries; i++)
		n += gpt_get(g, i, &p);
	return n;
}

static void print_parts(const struct gpt_table *g)
{
	struct part_new p;

	for (unsigned int i = 1; i <= g->nentries; i++)
		if (gpt_get(g, i, &p))
			print_part(g, &p);
}

static int set_variable(const char *name, const char *value,
			struct part_why *why)
{
	int ret = env_set(name, value);

	if (ret)
		part_refuse(why, "%.32s cannot be set: %s", name, err_str(ret));
	return ret;
}

static int read_table(const struct cmd_call *call, struct gpt_table *g,
		      struct part_why *why)
{
	char *text;
	int ret;

	if (!count_parts(g)) {
		con_puts("** No valid partitions found **\n");
		return part_refuse(why, "the table is empty");
	}
	if (call->argc < 4) {
		print_parts(g);
		return 0;
	}
	ret = part_desc_text(g, &text);
	if (!ret)
		ret = set_variable(call->argv[3], text, why);
	heap_free(text);
	return ret;
}

int gpt_cmd_read(const struct cmd_call *call)
{
	return gpt_cmd_run(call, read_table);
}

static int disk_guid(const struct cmd_call *call, struct gpt_table *g,
		     struct part_why *why)
{
	uint8_t guid[16];
	char text[37];

	gpt_guid(g, guid);
	format_uuid(guid, text);
	if (call->argc > 3)
		return set_variable(call->argv[3], text, why);
	con_printf("%s\n", text);
	return 0;
}

int gpt_cmd_guid(const struct cmd_call *call)
{
	return gpt_cmd_run(call, disk_guid);
}

static int enumerate(const struct cmd_call *call, struct gpt_table *g,
		     struct part_why *why)
{
	char *list = heap_alloc((size_t)count_parts(g) * PART_NAME_SIZE + 1);
	struct part_new p;
	size_t len = 0;
	int ret;

	(void)call;
	if (!list)
		return -ENOMEM;
	for (unsigned int i = 1; i <= g->nentries; i++) {
		if (!gpt_get(g, i, &p))
			continue;
		if (len)
			list[len++] = ' ';
		part_new_name(&p, list + len);
		len += strlen(list + len);
	}
	ret = set_variable("gpt_partition_list", list, why);
	heap_free(list);
	return ret;
}

int gpt_cmd_enumerate(const struct cmd_call *call)
{
	return gpt_cmd_run(call, enumerate);
}

static int set_part_variables(const struct part_new *p, struct part_why *why)
{
	char name[PART_NAME_SIZE];
	int ret;

	part_new_name(p, name);
	ret = env_set_hex("gpt_partition_addr", p->lba);
	if (!ret)
		ret = env_set_hex("gpt_partition_size", p->nblocks);
	if (!ret)
		ret = env_set_hex("gpt_partition_entry", p->number);
	if (!ret)
		ret = env_set_hex("gpt_partition_bootable",
				  p->attrs & GPT_ATTR_BOOTABLE ? 1 : 0);
	return ret ? ret : set_variable("gpt_partition_name", name, why);
}

static int set_variables(const struct cmd_call *call, struct gpt_table *g,
			 struct part_why *why)
{
	struct part_new p;

	for (unsigned int i = 1; i <= g->nentries; i++)
		if (gpt_get(g, i, &p) && is_named(&p, call->argv[3]))
			return set_part_variables(&p, why);
	return part_refuse(why, "no partition has this name");
}

int gpt_cmd_setenv(const struct cmd_call *call)
{
	return gpt_cmd_run(call, set_variables);
}

/* ---- changing ---- */

/* Store, and show what is there now, read again. */
static int store(struct gpt_table *g, struct part_why *why)
{
	struct blkdev *disk = g->disk;
	int ret = gpt_store(g, why);

	if (ret)
		return ret;
	gpt_free(g);
	ret = gpt_load(disk, g, why);
	if (ret)
		return ret;
	con_printf("new partition table with %u partitions is:\n",
		   count_parts(g));
	print_parts(g);
	return 0;
}

static int set_name(struct part_new *p, const char *name, struct part_why *why)
{
	const char *reason = part_set_name(p, name);

	return reason ? part_refuse(why, "the new name: %s", reason) : 0;
}

static int get_part(const struct gpt_table *g, const char *text,
		    struct part_new *p, struct part_why *why)
{
	uint64_t n;

	if (!parse_u64(text, 10, &n) && n <= g->nentries &&
	    gpt_get(g, (unsigned int)n, p))
		return 0;
	con_printf("Illegal partition number %s\n", text);
	return part_refuse(why, "no such partition");
}

static int rename_part(const struct cmd_call *call, struct gpt_table *g,
		       struct part_why *why)
{
	struct part_new p;
	int ret = get_part(g, call->argv[3], &p, why);

	if (!ret)
		ret = set_name(&p, call->argv[4], why);
	if (ret)
		return ret;
	gpt_put(g, &p);
	return store(g, why);
}

int gpt_cmd_rename(const struct cmd_call *call)
{
	return gpt_cmd_run(call, rename_part);
}

static int swap_names(const struct cmd_call *call, struct gpt_table *g,
		      struct part_why *why)
{
	unsigned int n[2] = { 0, 0 };
	struct part_new p;

	for (unsigned int i = 1; i <= g->nentries; i++) {
		unsigned int which;

		if (!gpt_get(g, i, &p))
			continue;
		which = is_named(&p, call->argv[3])   ? 0
			: is_named(&p, call->argv[4]) ? 1
						      : 2;
		if (which > 1)
			continue;
		n[which]++;
		if (set_name(&p, call->argv[4 - which], why))
			return -EINVAL;
		gpt_put(g, &p);
	}
	if (n[0] && n[0] == n[1])
		return store(g, why);
	con_puts("Cannot swap partition names except in pairs.\n");
	return part_refuse(why,
			   "%u partitions have the first name, %u the "
			   "second",
			   n[0], n[1]);
}

int gpt_cmd_swap(const struct cmd_call *call)
{
	return gpt_cmd_run(call, swap_names);
}

static int swap_entries(const struct cmd_call *call, struct gpt_table *g,
			struct part_why *why)
{
	struct part_new a = { 0 }, b = { 0 };
	int ret = get_part(g, call->argv[3], &a, why);

	if (!ret)
		ret = get_part(g, call->argv[4], &b, why);
	if (ret)
		return ret;
	if (a.number == b.number) {
		con_puts("Cannot swap partition with itself\n");
		return part_refuse(why, "the two are the same");
	}
	gpt_exchange(g, a.number, b.number);
	return store(g, why);
}

int gpt_cmd_transpose(const struct cmd_call *call)
{
	return gpt_cmd_run(call, swap_entries);
}

/* Is the name of @p in the list "a,b,c"? */
static bool is_listed(const struct part_new *p, const char *list)
{
	char name[PART_NAME_SIZE];
	size_t len;

	part_new_name(p, name);
	len = strlen(name);
	while (*list) {
		const char *end = strchr(list, ',');
		size_t n = end ? (size_t)(end - list) : strlen(list);

		if (n && n == len && !memcmp(list, name, n))
			return true;
		list += end ? n + 1 : n;
	}
	return false;
}

/* U-Boot warns of a name that no partition has, and goes on. */
static void warn_unknown(const struct gpt_table *g, const char *list)
{
	while (*list) {
		const char *end = strchr(list, ',');
		size_t n = end ? (size_t)(end - list) : strlen(list);
		bool found = !n;
		char name[PART_NAME_SIZE];
		struct part_new p;

		snprintf(name, sizeof(name), "%.*s", (int)min_u64(n, 127),
			 list);
		for (unsigned int i = 1; !found && i <= g->nentries; i++)
			found = gpt_get(g, i, &p) && is_named(&p, name);
		if (!found)
			con_printf("Warning: No partition matching '%s' "
				   "found\n",
				   name);
		list += end ? n + 1 : n;
	}
}

static int set_bootable(const struct cmd_call *call, struct gpt_table *g,
			struct part_why *why)
{
	struct part_new p;

	warn_unknown(g, call->argv[3]);
	for (unsigned int i = 1; i <= g->nentries; i++) {
		if (!gpt_get(g, i, &p))
			continue;
		p.attrs &= ~GPT_ATTR_BOOTABLE;
		if (is_listed(&p, call->argv[3]))
			p.attrs |= GPT_ATTR_BOOTABLE;
		gpt_put(g, &p);
	}
	return gpt_store(g, why);
}

int gpt_cmd_set_bootable(const struct cmd_call *call)
{
	return gpt_cmd_run(call, set_bootable);
}
