/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Volumes that mke2fs made, with bytes changed: the input says which. They are mounted,
 * listed to a depth and read. What is read in one go and what is read in pieces must be
 * the same; a buffer's neighbours are never touched; a walk ends; unmounting gives all memory
 * back. Most of the volumes have no checksums, so that a change is not found out at once.
 *
 * The first byte chooses the volume, then come changes: the number of a block among those
 * that are not empty, the place in it, how many bytes, and the bytes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <core/heap.h>
#include <fs/fs.h>
#include <lib/compiler.h>

#include "ram_disk.h"
#include "stream.h"

#define BLOCK     1024u
#define READ_MAX  20000u
#define GUARD     64u
#define PATHS_MAX 40
#define DIRS_MAX  8
#define FILES_MAX 14
#define CHANGES   64
#define REQUESTS  20000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct base {
	struct fake_disk *disk;
	uint8_t *was; /* its contents unchanged */
	uint32_t *used, nused;
} bases[7];

static struct {
	struct fake_disk *blank;
	size_t heap_used; /* with nothing mounted */
	char path[PATHS_MAX][FS_NAME_MAX + 256];
	unsigned int npaths, nentries;
	char dir[FS_NAME_MAX + 256];
} z;

/* $1 … are the kinds; each gives an image of its number. */
static const char make_images[] =
	"set -e; export PATH=$PATH:/usr/sbin:/sbin E2FSPROGS_FAKE_TIME=1;"
	"u=5649524f-4755-4944-8000-000000000011; cd $0; mkdir -p s/d s/h; "
	"(cd s; echo text >d/f; head -c 70000 /dev/zero | tr '\\0' q >big;"
	"for i in 0 1 2 3 4 5 6 7 8 9; do for k in 0 1 2 3 4 5 6 7 8 9; do"
	" ln big h/a-name-that-is-rather-long-number-$i$k; done;"
	" dd if=big of=holes bs=1024 count=1 seek=$((i * 3)) conv=notrunc;"
	" for k in 0 1 2 3 4 5 6 7 8 9; do"
	" dd if=big of=many bs=4096 count=1 seek=$((i * 20 + k * 2)) "
	"conv=notrunc; done; done;"
	"ln -s d/f link; ln -s /link l2; ln -s loop loop;"
	"ln -s d/../d/../d/../d/../d/../d/../d/../d/../d/../d/../d/../d/f far;"
	"head -c 100 big >small) 2>/dev/null;"
	"find s -exec touch -h -d @1 {} +;"
	"n=0; for o; do"
	" mke2fs -q -F -b 1024 -U $u -E hash_seed=$u $o -d s $n 4M; "
	"e2fsck -fyD $n || [ $? = 1 ]; n=$((n + 1)); done;"
	"debugfs -R 'blocks d' 5 2>/dev/null | tr -d ' ' >b;"
	"head -c 1024 s/big >j; (echo jo; echo \"jw -b $(cat b),100 s/big\"; "
	"echo jw -r 100; echo \"jw -b 200 j\"; echo jc) >c; debugfs -w -f c 5";

static void make_all(const char *dir)
{
	static const char kinds[] =
		"'-t ext4 -O ^metadata_csum,^has_journal,^resize_inode' "
		"'-t ext2' "
		"'-t ext4 -O ^metadata_csum,^has_journal,inline_data -I 256' "
		"'-t ext4 -O ^has_journal,inline_data,metadata_csum_seed' "
		"'-t ext4 -O ^metadata_csum,^has_journal,bigalloc -C 4096' "
		"'-t ext4 -O ^metadata_csum' "
		"'-t ext4 -O ^metadata_csum,uninit_bg,^has_journal,meta_bg,"
		"^resize_inode -g 512'";
	char cmd[4096];

	require(!setenv("VIREO_MAKE", make_images, 1));
	snprintf(cmd, sizeof(cmd),
		 "sh -c \"$VIREO_MAKE\" %s %s >/dev/null 2>%s/log", dir, kinds,
		 dir);
	if (system(cmd)) {
		snprintf(cmd, sizeof(cmd), "cat %s/log >&2", dir);
		(void)!system(cmd);
		abort();
	}
}

static void load(struct base *b, const char *path)
{
	b->disk = fake_disk_load(path, 512);
	b->was = malloc(b->disk->size);
	b->used = malloc(b->disk->size / BLOCK * sizeof(*b->used));
	require(b->was && b->used);
	memcpy(b->was, b->disk->data, b->disk->size);
	for (uint32_t i = 0; i < b->disk->size / BLOCK; i++) {
		const uint8_t *p = b->was + i * BLOCK;

		/* not the contents of files */
		if ((*p || memcmp(p, p + 1, BLOCK - 1)) && *p != 'q')
			b->used[b->nused++] = i;
	}
}

static void begin(void)
{
	static uint8_t heap[12u << 20];
	char dir[] = "/tmp/vireo-fuzz-XXXXXX", text[64];

	heap_init(heap, sizeof(heap));
	require(mkdtemp(dir));
	make_all(dir);
	for (size_t i = 0; i < array_size(bases); i++) {
		snprintf(text, sizeof(text), "%s/%zu", dir, i);
		load(&bases[i], text);
	}
	snprintf(text, sizeof(text), "rm -rf %s", dir);
	require(!system(text));
	z.blank = fake_disk_new(4096, 512);
	z.heap_used = heap_used();
}

/* ---- what a user does ---- */

static int take_path(void *arg, const struct fs_dirent *e)
{
	const char *dir = arg;

	for (const char *c = e->name; *c; c++)
		require((unsigned char)*c >= ' ' && *c != 0x7f && *c != '/');
	require(e->name[0]);
	if (++z.nentries > 200000)
		return -EINTR;
	if (z.npaths == PATHS_MAX ||
	    strlen(dir) + strlen(e->name) + 2 > sizeof(z.path[0]))
		return 0;
	snprintf(z.path[z.npaths++], sizeof(z.path[0]), "%s/%s", dir, e->name);
	return 0;
}

static void read_file(const struct fs *fs, struct fs_file *file)
{
	static uint8_t whole[GUARD + READ_MAX + GUARD], part[READ_MAX];
	size_t len = (size_t)min_u64(file->size, READ_MAX), at = 0;
	uint64_t from = file->size - len;
	int ret;

	memset(whole, 0xa5, sizeof(whole));
	ret = fs_read(fs, file, from, len, whole + GUARD);
	for (size_t i = 0; i < GUARD; i++)
		require(whole[i] == 0xa5 && whole[GUARD + len + i] == 0xa5);
	if (ret)
		return;
	for (size_t n = 1; at < len; at += n, n = n * 5 + 1) {
		n = (size_t)min_u64(n, len - at);
		require(!fs_read(fs, file, from + at, n, part + at));
	}
	require(!memcmp(part, whole + GUARD, len));
	require(fs_read(fs, file, file->size, 1, part) == -ERANGE);
}

static void explore(const struct fs *fs)
{
	unsigned int nfiles = 0;
	struct fs_file file;
	char text[64];

	z.npaths = 0;
	z.nentries = 0;
	if (!fs_open(fs, "/", &file))
		(void)!fs_readdir(fs, &file, take_path, (char *)(uintptr_t) "");
	for (unsigned int i = 0; i < z.npaths; i++) {
		if (fs_open(fs, z.path[i], &file))
			continue;
		if (!file.is_dir && ++nfiles <= FILES_MAX)
			read_file(fs, &file);
		else if (file.is_dir && i < DIRS_MAX) {
			snprintf(z.dir, sizeof(z.dir), "%s", z.path[i]);
			(void)!fs_readdir(fs, &file, take_path, z.dir);
		}
	}
	(void)!fs_open(fs, "/h/a-name-that-is-rather-long-number-77", &file);
	(void)!fs_open(fs, "/h/a-name-that-is-not-there", &file);
	fs->type->describe(fs->vol, text, sizeof(text));
	fs->type->uuid(fs->vol, text, sizeof(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t changed[CHANGES], n = 0;
	const char *why = NULL;
	struct base *b;
	struct fs fs;

	if (!z.blank)
		begin();
	stream_start(data, size);
	b = &bases[next() % array_size(bases)];
	while (stream_left() && n < CHANGES) {
		uint32_t pick = next32();
		uint32_t at = b->used[pick % b->nused] * BLOCK;
		uint32_t in = pick >> 16 & (BLOCK - 1), len = next() % 8 + 1;

		changed[n++] = at;
		for (; len && in < BLOCK; len--)
			b->disk->data[at + in++] = next();
	}
	b->disk->dev.generation++;
	fake_disk_forget(b->disk);
	if (!fs_mount(&b->disk->dev, &fs, &why))
		explore(&fs);
	else
		require(why);
	require(b->disk->calls < REQUESTS);
	require(fs_mount(&z.blank->dev, &fs, &why) == -ENOENT);
	require(heap_used() == z.heap_used);
	while (n--)
		memcpy(b->disk->data + changed[n], b->was + changed[n], BLOCK);
	return 0;
}
