/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blk read, write, copy, compare, zero, discard, hash. All that was typed is checked, and what
 * cannot be is refused in a line, before anything is written. Work that takes long shows
 * how far it is, on one line; what stops it says what has been done.
 */
#include "blk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <block/part.h>
#include <core/console.h>
#include <core/deadline.h>
#include <core/ram.h>
#include <env/env.h>
#include <lib/checked.h>
#include <lib/parse.h>

#include "mem_priv.h"
#include "rate.h"

#define MEM_MAX   (UINT64_C(16) << 20)
#define MEM_MIN   (UINT64_C(1) << 20)
#define MEM_ALIGN BLK_BULK_UNIT

#define QUIET_US  500000 /* work that is done by then shows no progress */
#define SHOW_US   200000

/* One command at work. */
struct job {
	struct blk_bulk bulk;
	const struct cmd_call *call;
	const char *done; /* "copied" */
	uint64_t start, next;
	bool shown;
};

/* ---- arguments ---- */

static uint64_t blocks(const struct blkdev *dev, uint64_t nsectors)
{
	return nsectors / (dev->block_size / SECTOR_SIZE);
}

static int span_fail(const struct cmd_call *call, const struct blk_span *s,
		     int err)
{
	char name[BLK_NAME_MAX];

	con_printf("%s: %s: ", call->name, blk_name(s->dev, name));
	if (err == -ERANGE)
		con_printf("past the end, it has 0x%jx blocks of %u bytes\n",
			   (uintmax_t)blocks(s->dev, s->dev->nsectors),
			   s->dev->block_size);
	else if (err == -EINVAL && s->nsectors)
		con_printf("not whole blocks of %u bytes\n",
			   s->dev->block_size);
	else if (err == -EINVAL)
		con_puts("no block at all\n");
	else
		con_printf("%s\n", blk_error(s->dev, err));
	return CMD_FAIL;
}

/* The first @count blocks of @s or those at @blk, which need not be there. */
static int cut(const struct cmd_call *call, struct blk_span *s, uint64_t blk,
	       uint64_t count)
{
	uint64_t unit = s->dev->block_size / SECTOR_SIZE;
	int ret = -ERANGE;

	if (mul_ok(blk, unit, &s->lba) && mul_ok(count, unit, &s->nsectors))
		ret = blk_span_check(s);
	return ret ? span_fail(call, s, ret) : CMD_OK;
}

int blk_cmd_span(const struct cmd_call *call, int i, int count_i,
		 struct blk_span *s)
{
	uint64_t blk = 0, count;

	*s = (struct blk_span){ .dev = blk_cmd_dev(call, i) };
	if (!s->dev)
		return CMD_FAIL;
	count = blocks(s->dev, s->dev->nsectors);
	if (count_i < call->argc && (cmd_number(call, count_i, &blk) ||
				     cmd_number(call, count_i + 1, &count)))
		return CMD_FAIL;
	return cut(call, s, blk, count);
}

/* The two of copy and compare, [cnt] behind them. */
static int two_spans(const struct cmd_call *call, struct blk_span *x,
		     struct blk_span *y)
{
	uint64_t count;
	int ret;

	if (blk_cmd_span(call, 1, call->argc, x))
		return CMD_FAIL;
	if (call->argc > 3 &&
	    (cmd_number(call, 3, &count) || cut(call, x, 0, count)))
		return CMD_FAIL;
	*y = (struct blk_span){ blk_cmd_dev(call, 2), 0, x->nsectors };
	if (!y->dev)
		return CMD_FAIL;
	ret = blk_span_check(y);
	return ret ? span_fail(call, y, ret) : CMD_OK;
}

/* May @s be overwritten? A table, also a broken one, says that the disk is in use. */
static int may_write(const struct cmd_call *call, const struct blk_span *s,
		     bool force)
{
	const struct blkdev *disk = s->dev->parent ? s->dev->parent : s->dev;
	const struct part_list *list;
	char name[BLK_NAME_MAX];
	int ret;

	if (disk->read_only)
		return span_fail(call, s, -EROFS);
	if (force || s->dev->parent)
		return CMD_OK;
	ret = part_table(s->dev, &list);
	if (ret == -ENOENT)
		return CMD_OK;
	if (ret && ret != -EBADMSG)
		return span_fail(call, s, ret);
	con_printf("%s: %s: it has a partition table; -f overwrites it\n",
		   call->name, blk_name(s->dev, name));
	return CMD_FAIL;
}

/* Take "-f" off the front of the arguments. Return: was it there? */
static bool take_force(struct cmd_call *call)
{
	if (call->argc < 2 || strcmp(call->argv[1], "-f") != 0)
		return false;
	call->argc--;
	call->argv++;
	return true;
}

/* ---- work ---- */

static void progress(void *arg, uint64_t done, uint64_t nsectors)
{
	struct job *j = arg;
	uint64_t now = time_us();
	char size[SIZE_TEXT];

	if (now < j->next)
		return;
	j->next = now + SHOW_US;
	j->shown = true;
	con_printf("\r%u %% of %s %s",
		   (unsigned int)min_u64(done / max_u64(nsectors / 100, 1), 99),
		   size_text(nsectors * SECTOR_SIZE, size), j->done);
}

/* Work that has its memory. */
static void job_start(struct job *j, const struct cmd_call *call,
		      const char *done)
{
	*j = (struct job){ .call = call, .done = done, .start = time_us() };
	j->next = j->start + QUIET_US;
	j->bulk.progress = progress;
	j->bulk.arg = j;
}

/* Return: CMD_OK; CMD_FAIL, printed */
static int job_begin(struct job *j, const struct cmd_call *call,
		     const char *done)
{
	struct blk_bulk *b = &j->bulk;
	uint64_t mem;

	job_start(j, call, done);
	for (b->len = MEM_MAX; b->len >= MEM_MIN; b->len /= 2)
		if (!ram_find_high(b->len, MEM_ALIGN, 0, UINT64_MAX, &mem)) {
			b->buf = (uint8_t *)(uintptr_t)mem;
			return CMD_OK;
		}
	con_printf("%s: memory: no 1 MiB is free\n", call->name);
	return CMD_FAIL;
}

/* What was done before it failed. A device that could not be stopped keeps the memory. */
static int job_failed(struct job *j, const struct blk_span *s, int err)
{
	struct blk_bulk *b = &j->bulk;
	char name[BLK_NAME_MAX];

	if (err == -EOWNERDEAD)
		(void)!ram_keep((uintptr_t)b->buf, b->len, "a dead device");
	con_printf("%s: ", j->call->name);
	if (err == -EINTR)
		con_puts("stopped by Ctrl-C");
	else
		con_printf("%s: %s", blk_name(b->failed, name),
			   blk_error(b->failed, err));
	if (b->done == s->nsectors) {
		con_printf("; all is %s, but may not be permanent\n", j->done);
		return CMD_FAIL;
	}
	con_printf("; 0x%jx of 0x%jx blocks are %s",
		   (uintmax_t)blocks(s->dev, b->done),
		   (uintmax_t)blocks(s->dev, s->nsectors), j->done);
	if (b->step)
		con_printf(", up to 0x%jx more may be",
			   (uintmax_t)blocks(s->dev, b->step));
	con_putc('\n');
	return CMD_FAIL;
}

/* @err: how it ended. Return: CMD_OK; CMD_FAIL, printed */
static int job_end(struct job *j, const struct blk_span *s, int err)
{
	if (j->shown)
		con_printf("\r%40s\r", "");
	return err ? job_failed(j, s, err) : CMD_OK;
}

static void say_rate(const struct job *j, const struct blk_span *s)
{
	rate_print(j->done, s->nsectors * SECTOR_SIZE, time_us() - j->start);
}

/* ---- commands ---- */

int blk_cmd_copy(const struct cmd_call *call)
{
	struct cmd_call args = *call;
	bool force = take_force(&args);
	struct blk_span from, to;
	struct job j;

	if (args.argc < 3 || args.argc > 4)
		return CMD_USAGE;
	if (two_spans(&args, &from, &to))
		return CMD_FAIL;
	if (blk_span_overlap(&from, &to)) {
		con_printf("%s: %s and %s overlap\n", args.name, args.argv[1],
			   args.argv[2]);
		return CMD_FAIL;
	}
	if (may_write(&args, &to, force) || job_begin(&j, &args, "copied") ||
	    job_end(&j, &to, blk_copy(&j.bulk, &from, &to)))
		return CMD_FAIL;
	say_rate(&j, &to);
	return CMD_OK;
}

/* "DEV addr [blk cnt]" of read and write; @mem: where. */
static int span_and_memory(const struct cmd_call *call,
			   int (*usable)(const struct cmd_call *call,
					 uint64_t addr, uint64_t len),
			   struct blk_span *s, uint8_t **mem)
{
	uint64_t addr, len;

	if (call->argc != 3 && call->argc != 5)
		return CMD_USAGE;
	if (mem_address(call, 2, &addr) || blk_cmd_span(call, 1, 3, s))
		return CMD_FAIL;
	if (!mul_ok(s->nsectors, SECTOR_SIZE, &len))
		return span_fail(call, s, -EOVERFLOW);
	*mem = (uint8_t *)(uintptr_t)addr;
	return usable(call, addr, len) ? CMD_FAIL : CMD_OK;
}

int blk_cmd_read(const struct cmd_call *call)
{
	struct blk_span s;
	uint8_t *mem;
	struct job j;
	int ret = span_and_memory(call, mem_writable, &s, &mem);

	if (ret)
		return ret;
	job_start(&j, call, "read");
	ret = blk_read(s.dev, s.lba, s.nsectors, mem);
	if (ret)
		return span_fail(call, &s, ret);
	say_rate(&j, &s);
	return CMD_OK;
}

int blk_cmd_write(const struct cmd_call *call)
{
	struct cmd_call args = *call;
	bool force = take_force(&args);
	struct blk_span s;
	uint8_t *mem;
	struct job j;
	int ret = span_and_memory(&args, mem_readable, &s, &mem);

	if (ret || may_write(&args, &s, force))
		return ret ? ret : CMD_FAIL;
	job_start(&j, &args, "written");
	j.bulk.buf = mem;
	j.bulk.len = MEM_MAX;
	if (job_end(&j, &s, blk_store(&j.bulk, &s)))
		return CMD_FAIL;
	say_rate(&j, &s);
	return CMD_OK;
}

int blk_cmd_compare(const struct cmd_call *call)
{
	char one[BLK_NAME_MAX], two[BLK_NAME_MAX];
	struct blk_span x, y;
	struct job j;
	uint64_t at = 0;
	int ret;

	if (two_spans(call, &x, &y) || job_begin(&j, call, "compared"))
		return CMD_FAIL;
	ret = blk_compare(&j.bulk, &x, &y, &at);
	if (job_end(&j, &x, ret))
		return CMD_FAIL;
	if (at < x.nsectors * SECTOR_SIZE)
		con_printf("byte at 0x%jx (%s: 0x%02x) != (%s: 0x%02x)\n",
			   (uintmax_t)at, blk_name(x.dev, one), j.bulk.buf[0],
			   blk_name(y.dev, two), j.bulk.buf[1]);
	con_printf("Total of %ju byte(s) were the same\n", (uintmax_t)at);
	return at < x.nsectors * SECTOR_SIZE ? CMD_FAIL : CMD_OK;
}

/* zero and discard: "[-f] DEV [blk cnt]" */
static int clear(const struct cmd_call *call, const char *done,
		 int (*work)(struct blk_bulk *b, const struct blk_span *s))
{
	struct cmd_call args = *call;
	bool force = take_force(&args);
	struct blk_span s;
	struct job j;

	if (args.argc != 2 && args.argc != 4)
		return CMD_USAGE;
	if (blk_cmd_span(&args, 1, 2, &s) || may_write(&args, &s, force) ||
	    job_begin(&j, &args, done) || job_end(&j, &s, work(&j.bulk, &s)))
		return CMD_FAIL;
	say_rate(&j, &s);
	return CMD_OK;
}

int blk_cmd_zero(const struct cmd_call *call)
{
	return clear(call, "zeroed", blk_zero);
}

int blk_cmd_discard(const struct cmd_call *call)
{
	return clear(call, "discarded", blk_discard_span);
}

/* "ALG DEV [blk cnt] [var]" */
int blk_cmd_hash(const struct cmd_call *call)
{
	const struct hash_alg *alg = hash_find(call->argv[1]);
	bool all = call->argc < 5;
	const char *variable = call->argv[all ? 3 : 5]; /* NULL ends argv */
	uint8_t digest[HASH_MAX_DIGEST];
	char text[2 * HASH_MAX_DIGEST + 1] = "", name[BLK_NAME_MAX];
	struct blk_span s;
	uint64_t number;
	struct job j;
	int ret;

	if (!alg) {
		con_printf("%s: %s: no such algorithm\n", call->name,
			   call->argv[1]);
		return CMD_FAIL;
	}
	if (all && variable && !parse_u64(variable, 16, &number)) {
		con_printf("%s: '%s' is a number without a count, no name\n",
			   call->name, variable);
		return CMD_FAIL;
	}
	if (blk_cmd_span(call, 2, all ? call->argc : 3, &s) ||
	    job_begin(&j, call, "read") ||
	    job_end(&j, &s, blk_digest(&j.bulk, &s, alg, digest)))
		return CMD_FAIL;
	for (size_t i = 0; i < alg->digest_size; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	con_printf("%s for %s %jx ... %jx ==> %s\n", alg->name,
		   blk_name(s.dev, name), (uintmax_t)blocks(s.dev, s.lba),
		   (uintmax_t)blocks(s.dev, s.lba + s.nsectors) - 1, text);
	ret = variable ? env_set(variable, text) : 0;
	return ret ? cmd_fail(call, variable, ret) : CMD_OK;
}
