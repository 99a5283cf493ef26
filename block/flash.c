/* SPDX-License-Identifier: BSD-2-Clause */
/* NOR flash: the list of them, and the gate where ranges are checked. */
#include <block/flash.h>

#include <errno.h>

#include <lib/checked.h>
#include <lib/errstr.h>

static struct flash *first;

void flash_register(struct flash *f)
{
	struct flash **at = &first;

	f->index = 0;
	for (; *at; at = &(*at)->next)
		f->index++;
	f->next = NULL;
	*at = f;
}

struct flash *flash_next(struct flash *prev)
{
	return prev ? prev->next : first;
}

int flash_open(struct flash *f)
{
	int ret = f->opened ? 0 : f->ops->open(f);

	f->opened = !ret;
	return ret;
}

static int check(const struct flash *f, uint64_t offset, uint64_t len,
		 uint32_t unit)
{
	if (!inside(offset, len, f->size))
		return -ERANGE;
	return offset % unit || len % unit ? -EINVAL : 0;
}

int flash_read(struct flash *f, uint64_t offset, size_t len, void *buf)
{
	int ret = check(f, offset, len, f->word);

	return ret ? ret : f->ops->read(f, offset, len, buf);
}

int flash_program(struct flash *f, uint64_t offset, size_t len, const void *buf)
{
	int ret = check(f, offset, len, f->word);

	if (!ret)
		ret = flash_open(f);
	return ret ? ret : f->ops->program(f, offset, len, buf);
}

int flash_erase(struct flash *f, uint64_t offset, uint64_t len)
{
	int ret = flash_open(f);

	if (!ret)
		ret = check(f, offset, len, f->erase_block);
	for (uint64_t at = 0; !ret && at < len; at += f->erase_block)
		ret = f->ops->erase(f, offset + at);
	return ret;
}

const char *flash_error(const struct flash *f, int err)
{
	return f->fault ? f->fault : err_str(err);
}
