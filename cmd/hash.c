/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crc32, md5sum, sha1sum, sha256sum and hash: digests of RAM, printed, stored (in
 * memory as the algorithm's bytes, in a variable as text) or compared. All that
 * was typed is checked before the work begins.
 */
#include "mem_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/console.h>
#include <env/env.h>
#include <lib/hash.h>
#include <lib/parse.h>
#include <shell/shell.h>

#define HEX_MAX (HASH_MAX_DIGEST * 2 + 1)

struct job {
	const struct cmd_call *call;
	const struct hash_alg *alg;
	uint64_t addr, len;
	const char *where; /* the last argument, or NULL */
	bool verify;
	uint64_t dest; /* store there, unless variable is set */
	const char *variable;
	uint8_t expected[HASH_MAX_DIGEST];
};

static void to_hex(const struct job *j, const uint8_t *digest, char *text)
{
	for (size_t i = 0; i < j->alg->digest_size; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static int from_hex(const struct job *j, const char *text, uint8_t *digest)
{
	for (size_t i = 0; i < j->alg->digest_size; i++) {
		char pair[3] = { text[2 * i], text[2 * i + 1], '\0' };
		const char *end;
		uint64_t v;

		if (parse_prefix_u64(pair, 16, &v, &end) || *end)
			return -EINVAL;
		digest[i] = (uint8_t)v;
	}
	return 0;
}

/* "*ADDRESS", or with @plain also "ADDRESS". Return: 0; -EINVAL (printed) */
static int address_of(const struct job *j, bool plain, uint64_t *addr)
{
	char *words[] = { j->call->argv[0], (char *)(uintptr_t)j->where, NULL };
	struct cmd_call typed = { 2, words, false, j->call->name };

	if (!plain || *j->where == '*')
		words[1]++;
	return mem_address(&typed, 1, addr);
}

static int expect_digest(struct job *j)
{
	size_t digits = j->alg->digest_size * 2;
	const char *text = j->where;
	uint64_t addr;

	if (*text == '*') {
		if (address_of(j, false, &addr) ||
		    mem_readable(j->call, addr, j->alg->digest_size))
			return CMD_FAIL;
		memcpy(j->expected, (const void *)(uintptr_t)addr,
		       j->alg->digest_size);
		return CMD_OK;
	}
	if (strlen(text) != digits)
		text = env_get(text);
	if (text && strlen(text) == digits && !from_hex(j, text, j->expected))
		return CMD_OK;
	con_printf(
		"%s: %s: neither %u hexadecimal digits, a variable with them "
		"nor *address\n",
		j->call->argv[0], j->where, (unsigned int)digits);
	return CMD_FAIL;
}

static int find_destination(struct job *j, bool plain_address)
{
	if (!plain_address && *j->where != '*') {
		j->variable = j->where;
		return CMD_OK;
	}
	if (address_of(j, plain_address, &j->dest) ||
	    mem_writable(j->call, j->dest, j->alg->digest_size))
		return CMD_FAIL;
	return CMD_OK;
}

static int digest_range(const struct job *j, uint8_t *digest)
{
	struct hash_ctx ctx;

	j->alg->init(&ctx);
	for (uint64_t done = 0; done < j->len;) {
		uint64_t n = min_u64(j->len - done, MEM_CHUNK);

		j->alg->update(&ctx, (const char *)(uintptr_t)j->addr + done,
			       n);
		done += n;
		if (mem_interrupted(j->call, done, j->len))
			return CMD_FAIL;
	}
	j->alg->final(&ctx, digest);
	return CMD_OK;
}

static void print_digest(const struct job *j, const uint8_t *digest)
{
	char text[HEX_MAX];

	to_hex(j, digest, text);
	con_printf("%s for %08llx ... %08llx ==> %s", j->alg->name,
		   (unsigned long long)j->addr,
		   (unsigned long long)(j->addr + j->len - 1), text);
}

static int verify(const struct job *j, const uint8_t *digest)
{
	char text[HEX_MAX];

	if (!memcmp(digest, j->expected, j->alg->digest_size))
		return CMD_OK;
	print_digest(j, digest);
	to_hex(j, j->expected, text);
	con_printf(" != %s ** ERROR **\n", text);
	return CMD_FAIL;
}

static int store(const struct job *j, const uint8_t *digest)
{
	char text[HEX_MAX];
	int ret;

	if (!j->variable) {
		memcpy((void *)(uintptr_t)j->dest, digest, j->alg->digest_size);
		return CMD_OK;
	}
	to_hex(j, digest, text);
	ret = env_set(j->variable, text);
	return ret ? cmd_fail(j->call, j->variable, ret) : CMD_OK;
}

/* Arguments from @i on: address, count, and where to. */
static int hash_run(struct job *j, int i, bool plain_address)
{
	uint8_t digest[HASH_MAX_DIGEST];

	if (j->call->argc < i + 2 + j->verify || j->call->argc > i + 3)
		return CMD_USAGE;
	j->where = j->call->argv[i + 2]; /* NULL ends argv */
	if (mem_address(j->call, i, &j->addr) ||
	    mem_length(j->call, i + 1, 0, j->addr, 1, &j->len) ||
	    mem_readable(j->call, j->addr, j->len))
		return CMD_FAIL;
	if (j->where &&
	    (j->verify ? expect_digest(j) : find_destination(j, plain_address)))
		return CMD_FAIL;
	if (digest_range(j, digest))
		return CMD_FAIL;
	if (j->verify)
		return verify(j, digest);
	print_digest(j, digest);
	con_putc('\n');
	return j->where ? store(j, digest) : CMD_OK;
}

static bool is_verify(const struct cmd_call *call)
{
	return !strcmp(call->argv[1], "-v");
}

static int run_named(const struct cmd_call *call, const char *name,
		     bool plain_address)
{
	struct job j = { .call = call, .alg = hash_find(name) };

	j.verify = is_verify(call);
	return hash_run(&j, j.verify ? 2 : 1, plain_address);
}

static int cmd_crc32(const struct cmd_call *call)
{
	return run_named(call, "crc32", true);
}

static int cmd_md5sum(const struct cmd_call *call)
{
	return run_named(call, "md5", false);
}

static int cmd_sha1sum(const struct cmd_call *call)
{
	return run_named(call, "sha1", false);
}

static int cmd_sha256sum(const struct cmd_call *call)
{
	return run_named(call, "sha256", false);
}

static int cmd_hash(const struct cmd_call *call)
{
	struct job j = { .call = call, .verify = is_verify(call) };
	int i = j.verify ? 2 : 1;

	j.alg = hash_find(call->argv[i]);
	if (!j.alg) {
		con_printf("Unknown hash algorithm '%s', there are:",
			   call->argv[i]);
		for_each_entry (hash, const struct hash_alg, alg)
			con_printf(" %s", (*alg)->name);
		con_putc('\n');
		return CMD_FAIL;
	}
	return hash_run(&j, i + 1, false);
}

static void hash_complete(const struct cmd_call *call)
{
	if (call->argc != 2 && !(call->argc == 3 && is_verify(call)))
		return;
	for_each_entry (hash, const struct hash_alg, alg)
		shell_offer((*alg)->name);
}

COMMAND(crc32, cmd_crc32, 2, 4, true, "checksum calculation",
	"address count [addr]\n    - compute CRC32 checksum [save at addr]\n"
	"crc32 -v address count crc\n    - verify crc of memory area");
COMMAND(md5sum, cmd_md5sum, 2, 4, true, "compute MD5 message digest",
	"address count [[*]sum]\n"
	"    - compute MD5 message digest [save to variable or *address]\n"
	"md5sum -v address count [*]sum\n    - verify md5sum of memory area");
COMMAND(sha1sum, cmd_sha1sum, 2, 4, true, "compute SHA1 message digest",
	"address count [[*]sum]\n"
	"    - compute SHA1 message digest [save to variable or *address]\n"
	"sha1sum -v address count [*]sum\n    - verify sha1sum of memory area");
COMMAND(sha256sum, cmd_sha256sum, 2, 4, true, "compute SHA256 message digest",
	"address count [[*]sum]\n"
	"    - compute SHA256 message digest [save to variable or *address]\n"
	"sha256sum -v address count [*]sum\n"
	"    - verify sha256sum of memory area");
COMMAND(hash, cmd_hash, 3, 5, true, "compute hash message digest",
	"algorithm address count [[*]hash_dest]\n"
	"    - compute message digest [save to variable or *address]\n"
	"hash -v algorithm address count [*]hash\n"
	"    - verify message digest of memory area to immediate value,\n"
	"      variable or *address",
	.complete = hash_complete);
