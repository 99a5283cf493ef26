/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File systems: "open a file on a block device". A file system is one
 * static const struct fs_type and a last line TABLE_ENTRY(fs, &fat_fs).
 * The last mount is kept and reused while the device's generation stands, so a
 * second command on the same volume reads no metadata again. Mounting another
 * device ends it: files opened before must not be used after.
 */
#ifndef VIREO_FS_FS_H
#define VIREO_FS_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <block/blkdev.h>
#include <lib/compiler.h>
#include <lib/table.h>

#define FS_NAME_MAX 768 /* 255 UTF-16 units in UTF-8, and a NUL */
#define FS_PATH_MAX 4096

/* A mounted file system; the type's own structure begins with one. */
struct fs_volume {
	const struct fs_type *type; /* set by fs/ */
	struct blkdev *dev;         /* set by fs/ */
	uint32_t generation;        /* set by fs/: of dev when it was mounted */
	/* set by the type: what was corrupt, or why a change is none, in words */
	const char *fault;
	/* set by the type: what a user is to be told, once; NULL: nothing */
	const char *note;
};

struct fs_file {
	struct fs_volume *vol;
	uint64_t size; /* bytes */
	bool is_dir;
	uint64_t priv[4]; /* the type's own */
};

struct fs_dirent {
	char name[FS_NAME_MAX]; /* UTF-8 without control characters */
	uint64_t size;
	bool is_dir;
	bool is_link; /* what it leads to, and whether, is open's to find out */
};

/* The beginning of a volume, read once for all types to look at. */
#define FS_HEAD_BYTES (64u * 1024)

struct fs_head {
	const uint8_t *data;
	uint32_t
		len; /* FS_HEAD_BYTES; less when that is all that can be read */
};

struct fs_type {
	const char *name; /* "fat": what fstype prints */

	/* @head is gone after the call. Return: 0 and *vol; -ENOENT not this type
	 * (quietly); -EBADMSG it is, but corrupt (why set); -EIO, … from the device;
	 * -ENOMEM */
	int (*mount)(struct blkdev *dev, const struct fs_head *head,
		     struct fs_volume **vol, const char **why);
	void (*unmount)(struct fs_volume *vol);

	/* @path: absolute or relative to the root, '/' between names, "." and
	 * ".." understood. Return: 0; -ENOENT; -ENOTDIR; -ENAMETOOLONG;
	 * -EBADMSG, -ELOOP, -ENOSYS what fault says; device's */
	int (*open)(struct fs_volume *vol, const char *path,
		    struct fs_file *file);
	/* Reads exactly @len bytes, at least 1, at @pos, both inside a file, into
	 * @buf, any alignment. Return: 0; -EBADMSG, -ELOOP; device's */
	int (*read)(struct fs_file *file, uint64_t pos, uint64_t len,
		    void *buf);
	/* Calls @fn for each entry (including "." and ".." in a subdirectory); a
	 * non-zero return of @fn ends the walk and is returned. */
	int (*readdir)(struct fs_file *dir,
		       int (*fn)(void *arg, const struct fs_dirent *ent),
		       void *arg);
	/* One line for fatinfo and the like: 'FAT32 "BOOTDISK   "' */
	void (*describe)(struct fs_volume *vol, char *buf, size_t size);
	/* The volume's id as fsuuid prints it: "1A2B-3C4D" */
	void (*uuid)(struct fs_volume *vol, char *buf, size_t size);

	/* The volume's label, without the blanks that fill it up; "" when it has
	 * none. Return: 0; device's. NULL: volumes of this type have no label */
	int (*label)(struct fs_volume *vol, char *buf, size_t size);

	/* Changes, as fs_write and the others below describe them; all NULL: the
	 * type is only read. */
	int (*write)(struct fs_volume *vol, const char *path, uint64_t pos,
		     uint64_t len, const void *buf);
	int (*mkdir)(struct fs_volume *vol, const char *path);
	int (*remove)(struct fs_volume *vol, const char *path);
	int (*rename)(struct fs_volume *vol, const char *from, const char *to,
		      const char **about);
	int (*touch)(struct fs_volume *vol, const char *path);
};

TABLE_DECLARE(fs, const struct fs_type);

struct fs {
	const struct fs_type *type;
	struct fs_volume *vol;
};

/*
 * fs_mount - find the file system on @dev. The mount is fs/'s; there is nothing
 * to give back.
 * @why: a static text for the user on failure
 * Return: 0; -ENOENT no known file system; -EBADMSG corrupt; device's
 */
must_check int fs_mount(struct blkdev *dev, struct fs *fs, const char **why);

/* What "IF DEV[:PART]" stands for in commands about files. */
struct fs_where {
	struct blkdev *disk; /* NULL: not even that */
	struct blkdev *dev;  /* NULL: no such partition */
	struct fs fs;
	const char *why; /* when it failed: a text for the user */
};

/*
 * fs_resolve - as part_resolve, and the file system there. Without PART it is
 * the first partition that has one.
 * Return: 0; as part_resolve; as fs_mount, with @where->dev set
 */
must_check int fs_resolve(const char *type, const char *spec,
			  struct fs_where *where);

/* fs_open - Return: as the type's open. */
must_check int fs_open(const struct fs *fs, const char *path,
		       struct fs_file *file);

/* fs_read - @len bytes at @pos of @file to @buf. Return: 0; -ERANGE not inside
 * the file; -EISDIR; -EBADMSG, -ELOOP (fs_fault says why); device's */
must_check int fs_read(const struct fs *fs, struct fs_file *file, uint64_t pos,
		       uint64_t len, void *buf);

/* fs_readdir - Return: 0; -ENOTDIR; as fs_read; what @fn returned */
must_check int fs_readdir(const struct fs *fs, struct fs_file *dir,
			  int (*fn)(void *arg, const struct fs_dirent *ent),
			  void *arg);

/*
 * Changes. Each call is one operation: when it has returned 0 it is on the disk,
 * flushed, and when the machine stops in the middle, or it fails, the volume has the
 * state before or after it, at worst with space that is lost until it is checked.
 * Files opened before must be opened again.
 * Return, all of them: 0; -EROFS the type or the disk is read only; -ENOENT, -ENOTDIR
 * the way there is missing; -EINVAL no name this file system can store (fs_error says
 * more); -ENAMETOOLONG; -ENOSPC; -EBADMSG, -ELOOP; -EUCLEAN it is done, but not all that
 * belongs to it could be written, and the volume is left to be checked (fs_error says
 * why); device's; and what is said below
 */
#define FS_APPEND UINT64_MAX /* as a position: the end of the file */

/* fs_write - @len bytes from @buf at @pos of a file, which ends behind them then;
 * it is created when it is not there and @pos is 0 or FS_APPEND.
 * Return: -EISDIR; -ERANGE @pos is past the end; -EFBIG more than a file can have */
must_check int fs_write(const struct fs *fs, const char *path, uint64_t pos,
			uint64_t len, const void *buf);

/* fs_mkdir - Return: -EEXIST */
must_check int fs_mkdir(const struct fs *fs, const char *path);

/* fs_remove - a file or an empty directory. Return: -ENOTEMPTY; -EBUSY the root */
must_check int fs_remove(const struct fs *fs, const char *path);

/* fs_rename - into another directory, too, and in place of a file or an empty
 * directory that is called @to. Return: -ENOTEMPTY; -EISDIR, -ENOTDIR @to is not of
 * the same kind; -ELOOP @to is inside @from (fs_error says so). *@about: the one of the
 * paths that an error is about */
must_check int fs_rename(const struct fs *fs, const char *from, const char *to,
			 const char **about);

/* fs_touch - an empty file when there is none; else its time of change is now. */
must_check int fs_touch(const struct fs *fs, const char *path);

/* fs_error - @err in words; a corruption as the file system described it. */
const char *fs_error(const struct fs *fs, int err);

#endif
