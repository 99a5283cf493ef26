/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a volume should have on it: a list of paths and contents, changed as <fs/fs.h>
 * says a change is, with none of the firmware's code.
 */
#ifndef FAKE_FAT_MODEL_H
#define FAKE_FAT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <fs/fs.h>

#include "fat_judge.h"

struct model_node {
	char *path; /* "/dir/file" */
	bool is_dir;
	uint8_t *data;
	uint32_t len;
};

struct fat_model {
	struct model_node *node;
	size_t count, room;
};

enum model_op { OP_WRITE, OP_MKDIR, OP_REMOVE, OP_RENAME, OP_TOUCH };

struct model_change {
	enum model_op op;
	const char *path, *to; /* @to of OP_RENAME */
	uint64_t pos;          /* of OP_WRITE, and below */
	uint32_t len;
	const uint8_t *data;
};

/* model_read - what is on a volume that nothing is wrong with. */
void model_read(struct fat_model *m, const struct fat_judge *j);
void model_copy(struct fat_model *m, const struct fat_model *from);
void model_end(struct fat_model *m);

/* model_find - by path as it is resolved, case aside; NULL: not there */
struct model_node *model_find(const struct fat_model *m, const char *path);

/* model_apply - do @c. Return: 0; a negative code, and nothing has changed */
int model_apply(struct fat_model *m, const struct model_change *c);

/* model_do - the same, by the firmware on a volume. Return: as it does */
int model_do(const struct fs *fs, const struct model_change *c);

/* model_read_by - the firmware reads what @m says of @path, or that it is not there.
 * Return: NULL; what is not so */
const char *model_read_by(const struct fs *fs, const struct fat_model *m,
			  const char *path);

/* model_rename - what is at @from, as it is stored, and all below is at @to now. */
void model_rename(struct fat_model *m, const char *from, const char *to);

/* model_is - is @m what @j has seen? *why: a difference, in words; static */
bool model_is(const struct fat_model *m, const struct fat_judge *j,
	      const char **why);

/* model_unite - @m with what only @other has. */
void model_unite(struct fat_model *m, const struct fat_model *other);

#endif
