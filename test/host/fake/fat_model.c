/* SPDX-License-Identifier: BSD-2-Clause */
#include "fat_model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fs/fs.h>

#define PATH_ROOM  8192
#define NAME_UNITS 255

/* ---- names ---- */

static uint32_t next_char(const char **s)
{
	const uint8_t *p = (const uint8_t *)*s;
	uint32_t c = *p, n = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

	if (!c)
		return 0;
	if (n)
		c &= 0x3fu >> n;
	for (uint32_t i = 1; i <= n; i++)
		c = c << 6 | (p[i] & 63);
	*s += n + 1;
	return c;
}

/* Enough of the alphabets that the tests use. */
static uint32_t upper(uint32_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7) ||
	    (c >= 0x3b1 && c <= 0x3c9 && c != 0x3c2) ||
	    (c >= 0x430 && c <= 0x44f))
		return c - 32;
	return c;
}

static bool same(const char *a, const char *b)
{
	uint32_t x, y;

	do {
		x = upper(next_char(&a));
		y = upper(next_char(&b));
	} while (x == y && x);
	return x == y;
}

/* Can there be a file of this name? */
static int check_name(const char *name)
{
	size_t units = 0;
	uint32_t c, last = 0;

	for (const char *p = name; (c = next_char(&p)); last = c) {
		units += c > 0xffff ? 2 : 1;
		if (c < ' ' || (c >= 0x7f && c < 0xa0) ||
		    (c < 0x80 && strchr("\"*/:<>?\\|", (int)c)))
			return -EINVAL;
	}
	if (units > NAME_UNITS)
		return -ENAMETOOLONG;
	return last == '.' || last == ' ' || !last ? -EINVAL : 0;
}

/* ---- nodes ---- */

struct model_node *model_find(const struct fat_model *m, const char *path)
{
	for (size_t i = 0; i < m->count; i++)
		if (same(m->node[i].path, path))
			return &m->node[i];
	return NULL;
}

static uint8_t *copy_of(const void *data, size_t len)
{
	uint8_t *p = malloc(len + 1);

	memcpy(p, data ? data : "", len);
	return p;
}

static struct model_node *add(struct fat_model *m, const char *path,
			      bool is_dir, const uint8_t *data, uint32_t len)
{
	struct model_node *n;

	if (m->count == m->room) {
		m->room = m->room * 2 + 16;
		m->node = realloc(m->node, m->room * sizeof(*m->node));
	}
	n = &m->node[m->count++];
	*n = (struct model_node){ strdup(path), is_dir, copy_of(data, len),
				  len };
	return n;
}

static void drop(struct fat_model *m, struct model_node *n)
{
	free(n->path);
	free(n->data);
	*n = m->node[--m->count];
}

void model_end(struct fat_model *m)
{
	while (m->count)
		drop(m, &m->node[m->count - 1]);
	free(m->node);
	*m = (struct fat_model){ 0 };
}

void model_copy(struct fat_model *m, const struct fat_model *from)
{
	model_end(m);
	for (size_t i = 0; i < from->count; i++) {
		const struct model_node *n = &from->node[i];

		add(m, n->path, n->is_dir, n->data, n->len);
	}
}

void model_unite(struct fat_model *m, const struct fat_model *other)
{
	for (size_t i = 0; i < other->count; i++) {
		const struct model_node *n = &other->node[i];

		if (!model_find(m, n->path))
			add(m, n->path, n->is_dir, n->data, n->len);
	}
}

void model_read(struct fat_model *m, const struct fat_judge *j)
{
	model_end(m);
	for (size_t i = 0; i < j->nitems; i++) {
		const struct judge_item *it = &j->item[i];
		struct model_node *n = add(m, it->path, it->is_dir, NULL, 0);
		uint32_t c = it->first, at = 0, len;

		free(n->data);
		n->data = malloc(it->size + 1);
		n->len = it->size;
		for (; at < it->size; at += len) {
			len = it->size - at < j->cluster_size ? it->size - at
							      : j->cluster_size;
			memcpy(n->data + at,
			       j->img + j->data_at +
				       (size_t)(c - 2) * j->cluster_size,
			       len);
			c = fat_judge_link(j, c);
		}
	}
}

/* Nodes and items most often come in one order. */
static const struct model_node *exact(const struct fat_model *m,
				      const char *path, size_t *hint)
{
	for (size_t i = 0; i < m->count; i++) {
		size_t k = (*hint + i) % m->count;

		if (!strcmp(m->node[k].path, path)) {
			*hint = k + 1;
			return &m->node[k];
		}
	}
	return NULL;
}

bool model_is(const struct fat_model *m, const struct fat_judge *j,
	      const char **why)
{
	static char text[512];
	size_t hint = 0;

	*why = text;
	for (size_t i = 0; i < j->nitems; i++) {
		const struct judge_item *it = &j->item[i];
		const struct model_node *n = exact(m, it->path, &hint);
		const char *what = NULL;

		if (!n)
			what = "is there";
		else if (it->is_dir != n->is_dir)
			what = "is of the other kind";
		else if (it->size != n->len)
			what = "has another size";
		else if (!it->is_dir && !fat_judge_is(j, it, n->data))
			what = "has other contents";
		if (!what)
			continue;
		snprintf(text, sizeof(text), "%.400s %s (%u bytes)", it->path,
			 what, it->size);
		return false;
	}
	if (j->nitems == m->count)
		return true;
	for (size_t i = 0; i < m->count; i++)
		if (!fat_judge_find(j, m->node[i].path))
			snprintf(text, sizeof(text), "%.400s is missing",
				 m->node[i].path);
	return false;
}

/* ---- changes ---- */

/*
 * Follow @path to its last name. @full gets the path of what it leads to, the parts but
 * the last as they are stored; "" for what has no name: the root, a path that ends in
 * dots.
 * Return: 0; -ENOENT, -ENOTDIR on the way
 */
static int resolve(const struct fat_model *m, const char *path,
		   char full[PATH_ROOM])
{
	const struct model_node *n = NULL;
	char name[PATH_ROOM];
	bool dots = false;

	full[0] = '\0';
	while (*path) {
		size_t len = strcspn(path, "/");

		if (full[0] && len) {
			n = model_find(m, full);
			if (!n)
				return -ENOENT;
			if (!n->is_dir)
				return -ENOTDIR;
			strcpy(full, n->path);
		}
		memcpy(name, path, len);
		name[len] = '\0';
		path += len + (path[len] == '/');
		if (!strcmp(name, "..") && full[0])
			*strrchr(full, '/') = '\0';
		else if (len && strcmp(name, ".") && strcmp(name, ".."))
			strcat(strcat(full, "/"), name);
		dots = len ? name[strspn(name, ".")] == '\0' && len < 3 : dots;
	}
	if (dots)
		full[0] = '\0';
	return 0;
}

static bool has_children(const struct fat_model *m, const char *dir)
{
	size_t len = strlen(dir);

	for (size_t i = 0; i < m->count; i++)
		if (!strncmp(m->node[i].path, dir, len) &&
		    m->node[i].path[len] == '/')
			return true;
	return false;
}

static int do_write(struct fat_model *m, const char *full,
		    const struct model_change *c)
{
	struct model_node *n = model_find(m, full);
	uint64_t pos = c->pos;
	int ret;

	if (!full[0] || (n && n->is_dir))
		return -EISDIR;
	if (!n) {
		ret = check_name(strrchr(full, '/') + 1);
		if (ret)
			return ret;
		if (pos && pos != FS_APPEND)
			return -ENOENT;
		n = add(m, full, false, NULL, 0);
	}
	if (pos == FS_APPEND)
		pos = n->len;
	if (pos > n->len)
		return -ERANGE;
	n->data = realloc(n->data, pos + c->len + 1);
	if (c->len)
		memcpy(n->data + pos, c->data, c->len);
	n->len = (uint32_t)(pos + c->len);
	return 0;
}

static int do_new(struct fat_model *m, const char *full, bool is_dir)
{
	int ret;

	if (!full[0])
		return is_dir ? -EEXIST : -EISDIR;
	if (model_find(m, full))
		return is_dir ? -EEXIST : 0;
	ret = check_name(strrchr(full, '/') + 1);
	if (!ret)
		add(m, full, is_dir, NULL, 0);
	return ret;
}

static int do_remove(struct fat_model *m, const char *full)
{
	struct model_node *n = model_find(m, full);

	if (!full[0])
		return -EBUSY;
	if (!n)
		return -ENOENT;
	if (n->is_dir && has_children(m, n->path))
		return -ENOTEMPTY;
	drop(m, n);
	return 0;
}

void model_rename(struct fat_model *m, const char *from, const char *to)
{
	size_t len = strlen(from);
	char path[PATH_ROOM];

	for (size_t i = 0; i < m->count; i++) {
		struct model_node *n = &m->node[i];

		if (strncmp(n->path, from, len) ||
		    (n->path[len] && n->path[len] != '/'))
			continue;
		snprintf(path, sizeof(path), "%s%s", to, n->path + len);
		free(n->path);
		n->path = strdup(path);
	}
}

/* May @a be put in the place of @b? */
static int may_replace(const struct fat_model *m, const struct model_node *a,
		       const struct model_node *b)
{
	if (a->is_dir != b->is_dir)
		return b->is_dir ? -EISDIR : -ENOTDIR;
	return b->is_dir && has_children(m, b->path) ? -ENOTEMPTY : 0;
}

static int do_rename(struct fat_model *m, const char *full,
		     const struct model_change *c)
{
	struct model_node *n = model_find(m, full), *t;
	char from[PATH_ROOM], to[PATH_ROOM];
	size_t len;
	int ret;

	if (!full[0])
		return -EBUSY;
	if (!n)
		return -ENOENT;
	ret = resolve(m, c->to, to);
	if (ret)
		return ret;
	if (!to[0])
		return n->is_dir ? -ENOTEMPTY : -EISDIR;
	strcpy(from, n->path);
	len = strlen(from);
	if (n->is_dir && !strncmp(to, from, len) && to[len] == '/')
		return -ELOOP;
	t = model_find(m, to);
	t = t == n ? NULL : t;
	ret = t ? may_replace(m, n, t) : check_name(strrchr(to, '/') + 1);
	if (ret)
		return ret;
	if (t) {
		/* The one that is replaced keeps the name that it had. */
		strcpy(to, t->path);
		drop(m, t);
	}
	model_rename(m, from, to);
	return 0;
}

int model_apply(struct fat_model *m, const struct model_change *c)
{
	char full[PATH_ROOM];
	int ret = resolve(m, c->path, full);

	if (ret)
		return ret;
	switch (c->op) {
	case OP_WRITE:
		return do_write(m, full, c);
	case OP_MKDIR:
		return do_new(m, full, true);
	case OP_REMOVE:
		return do_remove(m, full);
	case OP_RENAME:
		return do_rename(m, full, c);
	default:
		return do_new(m, full, false);
	}
}

/* ---- the firmware ---- */

int model_do(const struct fs *fs, const struct model_change *c)
{
	const char *about;

	switch (c->op) {
	case OP_WRITE:
		return fs_write(fs, c->path, c->pos, c->len, c->data);
	case OP_MKDIR:
		return fs_mkdir(fs, c->path);
	case OP_REMOVE:
		return fs_remove(fs, c->path);
	case OP_RENAME:
		return fs_rename(fs, c->path, c->to, &about);
	default:
		return fs_touch(fs, c->path);
	}
}

const char *model_read_by(const struct fs *fs, const struct fat_model *m,
			  const char *path)
{
	const struct model_node *n = model_find(m, path);
	const char *why = NULL;
	struct fs_file file;
	int ret = fs_open(fs, path, &file);
	uint8_t *buf;

	if (!n)
		return ret == -ENOENT ? NULL
				      : "the firmware sees what is not there";
	if (ret || file.is_dir != n->is_dir)
		return fs_error(fs, ret);
	if (n->is_dir)
		return NULL;
	if (file.size != n->len)
		return "the firmware sees another size";
	buf = malloc(n->len + 1);
	ret = fs_read(fs, &file, 0, n->len, buf);
	if (ret)
		why = fs_error(fs, ret);
	else if (memcmp(buf, n->data, n->len) != 0)
		why = "the firmware reads otherwise";
	free(buf);
	return why;
}
