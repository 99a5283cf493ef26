/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths. The directories gone through are kept in a list, so ".." goes back along the
 * way that was taken, also behind a symbolic link, and never depends on what a directory
 * says its parent is.
 */
#include <errno.h>
#include <string.h>

#include <core/heap.h>
#include <lib/compiler.h>

#include "ext4_priv.h"

#define DEPTH_MAX 128 /* directories in a path */
#define LINKS_MAX 40

struct trail {
	uint32_t ino[DEPTH_MAX];
	unsigned int depth; /* 0: at the root */
	unsigned int links; /* that were followed */
};

static int follow(struct ext4_volume *v, struct trail *t, const char *path,
		  struct ext4_inode *in);

static int here(struct ext4_volume *v, const struct trail *t,
		struct ext4_inode *in)
{
	return ext4_inode_get(
		v, t->depth ? t->ino[t->depth - 1] : EXT4_ROOT_INO, in);
}

/* What a link says, NUL-ended, to be freed. */
static int read_link(struct ext4_volume *v, const struct ext4_inode *in,
		     char **out)
{
	char *text;
	int ret = 0;

	if (in->flags & EXT4_ENCRYPT_FL)
		return ext4_refuse(v, "a symbolic link is encrypted");
	if (!in->size || in->size >= FS_PATH_MAX)
		return ext4_corrupt(v, "the size of a symbolic link is wrong");
	text = heap_alloc(in->size + 1);
	if (!text)
		return -ENOMEM;
	if (in->flags & EXT4_INLINE_DATA_FL)
		ret = ext4_inline_read(v, in, 0, in->size, text);
	else if (in->size < EXT4_I_BLOCK_SIZE)
		memcpy(text, in->block, in->size);
	else
		ret = ext4_read_data(v, in, 0, in->size, text);
	if (!ret && strlen(text) != in->size)
		ret = ext4_corrupt(v, "the text of a symbolic link is wrong");
	if (ret)
		heap_free(text);
	else
		*out = text;
	return ret;
}

/* @in, a link in the directory where @t is, becomes what it leads to. */
static int follow_link(struct ext4_volume *v, struct trail *t,
		       struct ext4_inode *in)
{
	char *text;
	int ret;

	if (++t->links > LINKS_MAX) {
		v->fs.fault = "symbolic links lead to symbolic links without "
			      "an end";
		return -ELOOP;
	}
	ret = read_link(v, in, &text);
	if (ret)
		return ret;
	if (text[0] == '/')
		t->depth = 0;
	ret = here(v, t, in);
	if (!ret)
		ret = follow(v, t, text, in);
	heap_free(text);
	return ret;
}

/* One name on from the directory @in, where @t is. */
static int step(struct ext4_volume *v, struct trail *t, const char *name,
		unsigned int len, struct ext4_inode *in)
{
	uint32_t ino;
	int ret;

	if (!ext4_is(in, EXT4_S_IFDIR))
		return -ENOTDIR;
	if (len == 1 && name[0] == '.')
		return 0;
	if (len == 2 && name[0] == '.' && name[1] == '.') {
		t->depth -= t->depth > 0;
		return here(v, t, in);
	}
	if (len > EXT4_NAME_MAX)
		return -ENAMETOOLONG;
	ret = ext4_lookup(v, in, name, len, &ino);
	if (!ret)
		ret = ext4_inode_get(v, ino, in);
	if (!ret && ext4_is(in, EXT4_S_IFLNK))
		return follow_link(v, t, in);
	if (ret || !ext4_is(in, EXT4_S_IFDIR))
		return ret;
	if (t->depth == DEPTH_MAX)
		return -ENAMETOOLONG;
	t->ino[t->depth++] = in->ino;
	return 0;
}

static int follow(struct ext4_volume *v, struct trail *t, const char *path,
		  struct ext4_inode *in)
{
	int ret = 0;

	while (!ret && *path) {
		size_t len = 0;

		while (path[len] && path[len] != '/')
			len++;
		if (len)
			ret = step(v, t, path, (unsigned int)len, in);
		path += len;
		/* A slash behind a name wants a directory, whatever follows. */
		if (!ret && *path == '/' && !ext4_is(in, EXT4_S_IFDIR))
			ret = -ENOTDIR;
		path += *path == '/';
	}
	return ret;
}

int ext4_path(struct ext4_volume *v, const char *path, struct ext4_inode *in)
{
	struct trail t = { .depth = 0 };
	int ret = here(v, &t, in);

	if (!ret && !ext4_is(in, EXT4_S_IFDIR))
		ret = ext4_corrupt(v, "the root is no directory");
	return ret ? ret : follow(v, &t, path, in);
}
