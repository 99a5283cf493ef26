/* SPDX-License-Identifier: BSD-2-Clause */
/* Partitions by the label and the id of the file system in them. */
#include <errno.h>
#include <string.h>

#include <block/part.h>
#include <fs/fs.h>
#include <lib/ctype.h>

#define TEXT_MAX 64

/* Return: 0 and the file system; -ENOENT there is none, hence nothing to compare */
static int mount(struct blkdev *dev, struct fs *fs)
{
	const char *why;

	return fs_mount(dev, fs, &why);
}

static int is_label(struct blkdev *dev, const struct part *part,
		    const char *value)
{
	char text[TEXT_MAX] = "";
	struct fs fs;
	int ret = mount(dev, &fs);

	(void)part;
	if (!ret && fs.type->label)
		ret = fs.type->label(fs.vol, text, sizeof(text));
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	return !strcmp(text, value);
}

static int is_uuid(struct blkdev *dev, const struct part *part,
		   const char *value)
{
	char text[TEXT_MAX];
	struct fs fs;
	int ret = mount(dev, &fs);

	(void)part;
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	fs.type->uuid(fs.vol, text, sizeof(text));
	return is_same_text(text, value);
}

static const struct part_key label = { "label", is_label };
static const struct part_key uuid = { "uuid", is_uuid };

TABLE_ENTRY(part_key, &label);
TABLE_ENTRY(part_key, &uuid);
