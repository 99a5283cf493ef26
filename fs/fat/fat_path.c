/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths. They are followed with the directories gone through kept in a list, so ".."
 * never depends on what a directory says its parent is.
 */
#include <errno.h>
#include <string.h>

#include "fat_priv.h"

/* The next name of *@path into @name. Return: 0; -ENOENT the path is at its end */
static int next_name(const char **path, char name[FS_NAME_MAX])
{
	const char *p = *path, *end;

	while (*p == '/')
		p++;
	for (end = p; *end && *end != '/'; end++)
		;
	*path = end;
	if (end == p)
		return -ENOENT;
	if (end - p >= FS_NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, p, (size_t)(end - p));
	name[end - p] = '\0';
	return 0;
}

/* A file's size has to fit its chain, and the chain the volume. */
static int check_entry(struct fat_volume *v, const struct fat_entry *e)
{
	uint64_t most = (uint64_t)(v->g.end_cluster - FAT_FIRST_CLUSTER) *
			v->g.cluster_size;

	if ((e->is_dir || e->size) && !fat_is_cluster(v, e->cluster))
		return fat_corrupt(v, -EBADMSG, "its first cluster is none");
	/* The root has no entry. */
	if ((e->is_dir || e->size) && e->cluster == v->g.root_cluster)
		return fat_corrupt(v, -EBADMSG, FAT_SHARED);
	if (e->size > most)
		return fat_corrupt(v, -EBADMSG, "it is larger than its volume");
	return 0;
}

static void go_to(struct fat_volume *v, struct fat_path *p, unsigned int depth)
{
	p->depth = depth;
	p->dir = depth ? p->through[depth - 1] : v->g.root_cluster;
	p->name[0] = '\0';
	p->found = false;
}

/* The name found last is followed by another: it must be a directory. */
static int enter(struct fat_volume *v, struct fat_path *p)
{
	if (!p->name[0])
		return 0;
	if (!p->found)
		return -ENOENT;
	if (!p->e.is_dir)
		return -ENOTDIR;
	p->through[p->depth] = p->e.cluster;
	go_to(v, p, p->depth + 1);
	return 0;
}

static int step(struct fat_volume *v, struct fat_path *p, const char *name)
{
	int ret = enter(v, p);

	if (ret)
		return ret;
	if (!strcmp(name, "."))
		return 0;
	if (!strcmp(name, "..")) {
		go_to(v, p, p->depth - (p->depth > 0));
		return 0;
	}
	memcpy(p->name, name, sizeof(p->name));
	ret = fat_lookup(v, p->dir, name, &p->e);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	p->found = true;
	if (p->e.is_dir && p->depth == FAT_DEPTH_MAX)
		return -ENAMETOOLONG;
	return check_entry(v, &p->e);
}

int fat_path_find(struct fat_volume *v, const char *path, struct fat_path *p)
{
	char name[FS_NAME_MAX];
	int ret = fat_owner_look(v);

	if (ret)
		return ret;
	p->wants_dir = path[0] && path[strlen(path) - 1] == '/';
	go_to(v, p, 0);
	while (!(ret = next_name(&path, name))) {
		ret = step(v, p, name);
		if (ret)
			return ret;
	}
	return ret == -ENOENT ? 0 : ret;
}
