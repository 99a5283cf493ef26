/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Partition tables as gpt and mbr are given them:
 *
 *	uuid_disk=UUID;name=NAME,start=BYTES,size=BYTES,KEY=VALUE,…;name=…
 */
#ifndef VIREO_CMD_PART_DESC_H
#define VIREO_CMD_PART_DESC_H

#include <block/part_write.h>
#include <shell/command.h>

struct part_desc {
	bool mbr;    /* set by the caller: whose keys are taken */
	bool verify; /* set by the caller: no uuid is made up */
	uint8_t disk_guid[16];
	uint32_t signature;
	struct part_new *parts; /* what is not given is 0 */
	unsigned int count;
};

/*
 * part_desc_parse - @text for @disk. Give @d to part_desc_free in every case.
 * Return: 0; -EINVAL; -ENOENT something that must be there is not; -ENOMEM; as
 *         part_random_guid, env_set
 */
must_check int part_desc_parse(const struct blkdev *disk, const char *text,
			       struct part_desc *d, struct part_why *why);
void part_desc_free(struct part_desc *d);

/*
 * part_desc_text - the table @g in the same form, which gives the same table.
 * @out: from the heap, NULL on failure
 * Return: 0; -ENOMEM
 */
must_check int part_desc_text(const struct gpt_table *g, char **out);

/* part_type_guid - of a name like "linux". Return: 0; -ENOENT */
must_check int part_type_guid(const char *name, uint8_t guid[16]);

#endif
