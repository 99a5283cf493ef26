/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources of random bytes, in the order they registered. */
#include <core/random.h>

#include <errno.h>

static struct random_source *sources;

void random_register(struct random_source *src)
{
	struct random_source **end = &sources;

	while (*end)
		end = &(*end)->next;
	src->next = NULL;
	*end = src;
}

struct random_source *random_source(unsigned int n)
{
	struct random_source *src = sources;

	while (src && n--)
		src = src->next;
	return src;
}

int random_bytes(void *buf, size_t len)
{
	int ret = -ENODEV;

	for (struct random_source *src = sources; src; src = src->next) {
		ret = src->read(src, buf, len);
		if (ret != -EIO)
			break;
	}
	return ret;
}
