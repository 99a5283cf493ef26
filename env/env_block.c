/* SPDX-License-Identifier: BSD-2-Clause */
/* The stored form of the environment; what it is is told in the header. Pure. */
#include <env/env_block.h>

#include <errno.h>
#include <string.h>

#include <env/env.h>
#include <env/text.h>
#include <lib/byteorder.h>
#include <lib/hash.h>

#define FLAGS 4 /* offset of the flags byte; without it, of the data */

static size_t header(bool single)
{
	return single ? FLAGS : FLAGS + 1;
}

static bool crc_fits(const uint8_t *p, size_t size, bool single)
{
	size_t head = header(single);

	return crc32(0, p + head, size - head) == get_le32(p);
}

int env_block_open(const void *p, size_t size, struct env_block *b)
{
	const uint8_t *bytes = p;
	bool single;

	if (size < ENV_BLOCK_MIN)
		return -EBADMSG;
	single = !crc_fits(p, size, false);
	if (single && !crc_fits(p, size, true))
		return -EBADMSG;
	*b = (struct env_block){
		.single = single,
		.flags = single ? 0 : bytes[FLAGS],
		.data = (const char *)p + header(single),
		.len = size - header(single),
	};
	return 0;
}

bool env_block_blank(const uint8_t head[ENV_BLOCK_HEAD])
{
	uint8_t all = head[0];

	for (size_t i = 0; i < ENV_BLOCK_HEAD; i++)
		if (head[i] != all)
			return false;
	return all == 0x00 || all == 0xff;
}

bool env_block_named(const uint8_t *p)
{
	size_t i = FLAGS + 1;

	while (i < ENV_BLOCK_NAMED - 1 && p[i] > ' ' && p[i] < 0x7f &&
	       p[i] != '=')
		i++;
	return p[i] == '=';
}

uint8_t env_block_flags(const uint8_t head[ENV_BLOCK_HEAD])
{
	return head[FLAGS];
}

bool env_block_newer(uint8_t a, uint8_t b)
{
	if (a == 255 && b == 0)
		return false;
	return (a == 0 && b == 255) || a > b;
}

void env_block_seal(void *p, size_t size, const struct env_block *b)
{
	uint8_t *bytes = p;
	size_t head = header(b->single);

	if (!b->single)
		bytes[FLAGS] = b->flags;
	put_le32(p, crc32(0, bytes + head, size - head));
}

int env_block_make(void *p, size_t size, const struct env_block *b)
{
	size_t head = header(b->single);
	struct env_out out = { (char *)p + head, size - head, 0 };
	int ret;

	memset(p, 0xff, size);
	ret = env_walk_stored(env_put_data, &out);
	if (ret)
		return ret;
	if (!out.len)
		env_put_end(&out);
	env_put_end(&out);
	if (out.len > out.size)
		return -ENOSPC;
	env_block_seal(p, size, b);
	return 0;
}
