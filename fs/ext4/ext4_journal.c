/* SPDX-License-Identifier: BSD-2-Clause */
#include "ext4_priv.h"
int ext4_journal_load(struct ext4_volume *v)
{
	(void)v;
	return 0;
}
const struct ext4_logged *ext4_logged(const struct ext4_volume *v,
				      uint64_t block, uint64_t count)
{
	(void)v, (void)block, (void)count;
	return NULL;
}
int ext4_logged_fix(struct ext4_volume *v, const struct ext4_logged *l,
		    uint8_t *data)
{
	(void)v, (void)l, (void)data;
	return 0;
}
