/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The journal of a volume that was not unmounted. Its transactions, each descriptor
 * blocks with copies of blocks behind them and at the end a commit block, say what is newer
 * than its place on the disk; revoke blocks say of which earlier copies that is no longer
 * true. What comes out is a list of the newest copies, which ext4_block.c looks into at every
 * read: the volume reads as if the journal had been replayed, and nothing is written.
 *
 * The log ends where a block is not of the transaction expected: what was not committed
 * has not happened. It ends also at a transaction with a wrong checksum, and if that was
 * committed, and is not older than the one before, so left by another journal, that is
 * said. A copy's own checksum is verified when it is used.
 * Format: Documentation/filesystems/ext4/journal.rst; big endian.
 */
#include <errno.h>
#include <string.h>

#include <core/heap.h>
#include <lib/byteorder.h>
#include <lib/hash.h>

#include "ext4_priv.h"

#define JBD2_MAGIC         0xc03b3998u
#define h_blocktype        0x04
#define h_sequence         0x08
#define HEADER_SIZE        12u
#define BLOCK_DESCRIPTOR   1u
#define BLOCK_COMMIT       2u
#define BLOCK_SUPER_V1     3u
#define BLOCK_SUPER_V2     4u
#define BLOCK_REVOKE       5u

#define s_blocksize        0x0c /* journal superblock */
#define s_maxlen           0x10
#define s_first            0x14
#define s_sequence         0x18
#define s_start            0x1c
#define s_feature_incompat 0x28
#define s_uuid             0x30
#define s_checksum_type    0x50
#define s_num_fc_blks      0x54
#define s_checksum         0xfc
#define SUPER_SIZE         1024u

#define JBD2_64BIT         0x02u
#define JBD2_CSUM_V2       0x08u
#define JBD2_CSUM_V3       0x10u
#define JBD2_FAST_COMMIT   0x20u
#define JBD2_KNOWN         0x3fu
#define CHECKSUM_CRC32C    4
#define FC_BLOCKS          256u

#define t_flags            0x06 /* a tag; with csum_v3 at 0x04 */
#define TAG_ESCAPE         0x1u
#define TAG_SAME_UUID      0x2u
#define TAG_LAST           0x8u

#define h_chksum           0x10 /* commit block */
#define h_commit_sec       0x30
#define r_count            0x0c /* revoke block */
#define REVOKE_HEADER      16u

#define LIST_FIRST         256u
#define LIST_MAX           65536u

struct journal {
	struct ext4_volume *v;
	struct ext4_inode in;
	uint32_t incompat;
	uint32_t first, end; /* of the ring of blocks */
	uint32_t at;         /* the next block of it */
	uint32_t left;       /* blocks until everything was seen */
	uint32_t sequence, transactions;
	uint64_t when; /* the last one was committed */
	bool is_bad;   /* a block of this one */
	bool is_damaged;
	/* Of the list. The volume's own count is 0 until it is whole: the log, and all
	 * that is cached on the way, is read as it stands. */
	size_t room, count, committed;
};

static bool has_csum(const struct journal *j)
{
	return j->incompat & (JBD2_CSUM_V2 | JBD2_CSUM_V3);
}

/* Where block @n of the journal is on the volume. */
static int locate(struct journal *j, uint32_t n, uint64_t *block)
{
	struct ext4_run run;
	int ret = ext4_map(j->v, &j->in, n, 1, &run);

	if (!ret && !run.block)
		ret = ext4_corrupt(j->v, "its journal has a hole");
	*block = ret ? 0 : run.block;
	return ret;
}

/* The next block of the ring. Return: 0; -ENOENT all was seen; as ext4_map */
static int advance(struct journal *j, uint64_t *block)
{
	uint32_t n = j->at;

	if (!j->left)
		return -ENOENT;
	j->left--;
	j->at = n + 1 == j->end ? j->first : n + 1;
	return locate(j, n, block);
}

/* The checksum of @len bytes whose four at @hole count as zero is there. */
static bool csum_ok(const struct journal *j, const uint8_t *p, uint32_t len,
		    uint32_t hole)
{
	static const uint8_t zero[4];
	uint32_t c;

	if (!has_csum(j))
		return true;
	c = crc32c(j->v->log.seed, p, hole);
	c = crc32c(c, zero, sizeof(zero));
	return crc32c(c, p + hole + 4, len - hole - 4) == get_be32(p + hole);
}

/* ---- the list ---- */

static int add(struct journal *j, struct ext4_logged entry, bool revoked)
{
	struct ext4_volume *v = j->v;
	struct ext4_logged *more;

	if (j->count == LIST_MAX)
		return ext4_refuse(v, "its journal is too large to be read");
	if (j->count == j->room) {
		j->room = j->room ? 2 * j->room : LIST_FIRST;
		more = heap_alloc(j->room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		if (j->count)
			memcpy(more, v->log.list, j->count * sizeof(*more));
		heap_free(v->log.list);
		v->log.list = more;
	}
	/* A revoked block's copies in the same transaction do not count, either. */
	entry.order = (uint64_t)j->transactions << 33 |
		      (uint64_t)revoked << 32 | j->count;
	entry.sequence = j->sequence;
	v->log.list[j->count++] = entry;
	return 0;
}

static bool before(const struct ext4_logged *a, const struct ext4_logged *b)
{
	return a->block != b->block ? a->block < b->block : a->order < b->order;
}

/* Shell's sort: in place, and fast enough for as much as a journal holds. */
static void sort(struct ext4_logged *list, size_t count)
{
	for (size_t gap = count / 2; gap;
	     gap = gap / 9 * 4 + (gap > 1 && gap < 9))
		for (size_t i = gap; i < count; i++) {
			struct ext4_logged tmp = list[i];
			size_t k = i;

			for (; k >= gap && before(&tmp, &list[k - gap]);
			     k -= gap)
				list[k] = list[k - gap];
			list[k] = tmp;
		}
}

/* Keep the newest copy of each block, unless it was revoked. Reads look here from now on. */
static void keep_newest(struct ext4_volume *v, size_t committed)
{
	struct ext4_logged *list = v->log.list;
	size_t kept = 0;

	sort(list, committed);
	for (size_t i = 0; i < committed; i++)
		if (list[i].copy &&
		    (i + 1 == committed || list[i + 1].block != list[i].block))
			list[kept++] = list[i];
	v->log.count = kept;
}

const struct ext4_logged *ext4_logged(const struct ext4_volume *v,
				      uint64_t block, uint64_t count)
{
	size_t low = 0, high = v->log.count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (v->log.list[mid].block < block)
			low = mid + 1;
		else
			high = mid;
	}
	return low < v->log.count && v->log.list[low].block - block < count
		       ? &v->log.list[low]
		       : NULL;
}

int ext4_logged_fix(struct ext4_volume *v, const struct ext4_logged *l,
		    uint8_t *data)
{
	uint8_t number[4];
	uint32_t c;

	put_be32(number, l->sequence);
	c = crc32c(v->log.seed, number, sizeof(number));
	c = crc32c(c, data, v->s.block_size);
	if (v->log.csum_bits == 16)
		c = (uint16_t)c;
	if (v->log.csum_bits && c != l->csum)
		return ext4_corrupt(
			v, "the checksum of a block in the journal is wrong");
	if (l->escaped)
		put_be32(data, JBD2_MAGIC);
	return 0;
}

/* ---- the log ---- */

static uint32_t tag_size(const struct journal *j)
{
	if (j->incompat & JBD2_CSUM_V3)
		return 16;
	return (j->incompat & JBD2_64BIT ? 12 : 8) +
	       (j->incompat & JBD2_CSUM_V2 ? 2 : 0);
}

/* One tag; the block it is about comes next in the log. Return: 0; as advance */
static int take_tag(struct journal *j, const uint8_t *tag, uint32_t *flags)
{
	bool v3 = j->incompat & JBD2_CSUM_V3;
	struct ext4_logged entry = { .block = get_be32(tag) };
	int ret;

	*flags = v3 ? get_be32(tag + 4) : get_be16(tag + t_flags);
	if (j->incompat & JBD2_64BIT)
		entry.block |= (uint64_t)get_be32(tag + 8) << 32;
	entry.csum = v3 ? get_be32(tag + 12) : get_be16(tag + 4);
	entry.escaped = *flags & TAG_ESCAPE;
	ret = advance(j, &entry.copy);
	return ret ? ret : add(j, entry, false);
}

/* @p stays where it is while blocks of the journal are only located. */
static int take_descriptor(struct journal *j, const uint8_t *p)
{
	uint32_t size = j->v->s.block_size - (has_csum(j) ? 4 : 0);
	uint32_t flags = 0, at = HEADER_SIZE;
	int ret = 0;

	while (!ret && !(flags & TAG_LAST) && at + tag_size(j) <= size) {
		ret = take_tag(j, p + at, &flags);
		at += tag_size(j) + (flags & TAG_SAME_UUID ? 0 : 16);
	}
	return ret;
}

static int take_revoke(struct journal *j, const uint8_t *p)
{
	uint32_t size = j->v->s.block_size - (has_csum(j) ? 4 : 0);
	uint32_t step = j->incompat & JBD2_64BIT ? 8 : 4;
	uint32_t end = get_be32(p + r_count);
	int ret = 0;

	/* What it revokes is not known then: like a wrong checksum. */
	if (end > size) {
		j->is_bad = true;
		return 0;
	}
	for (uint32_t at = REVOKE_HEADER; !ret && at + step <= end; at += step)
		ret = add(j,
			  (struct ext4_logged){
				  .block = step == 8 ? get_be64(p + at)
						     : get_be32(p + at) },
			  true);
	return ret;
}

static int take_commit(struct journal *j, const uint8_t *p)
{
	uint64_t when = get_be64(p + h_commit_sec);

	if (j->is_bad || !csum_ok(j, p, j->v->s.block_size, h_chksum)) {
		j->is_damaged = when >= j->when;
		return -ENOENT;
	}
	j->when = when;
	j->committed = j->count;
	j->sequence++;
	j->transactions++;
	return 0;
}

/* A block of the log. Return: 0; -ENOENT it is behind the end; as above */
static int take_block(struct journal *j, const uint8_t *p)
{
	uint32_t size = j->v->s.block_size, type;

	if (get_be32(p) != JBD2_MAGIC ||
	    get_be32(p + h_sequence) != j->sequence)
		return -ENOENT;
	type = get_be32(p + h_blocktype);
	if (type == BLOCK_COMMIT)
		return take_commit(j, p);
	j->is_bad |= !csum_ok(j, p, size, size - 4);
	if (type == BLOCK_DESCRIPTOR)
		return take_descriptor(j, p);
	return type == BLOCK_REVOKE ? take_revoke(j, p) : -ENOENT;
}

static int take_log(struct journal *j)
{
	uint8_t *copy = heap_alloc(j->v->s.block_size);
	const uint8_t *p;
	uint64_t block;
	int ret = copy ? 0 : -ENOMEM;

	while (!ret) {
		ret = advance(j, &block);
		if (!ret)
			ret = ext4_block(j->v, block, &p);
		if (ret)
			break;
		memcpy(copy, p, j->v->s.block_size);
		ret = take_block(j, copy);
	}
	heap_free(copy);
	return ret == -ENOENT ? 0 : ret;
}

/* ---- its superblock ---- */

static const char *read_super(struct journal *j, const uint8_t *p)
{
	uint32_t type = get_be32(p + h_blocktype);
	uint32_t len = get_be32(p + s_maxlen), fc = 0;

	if (get_be32(p) != JBD2_MAGIC ||
	    (type != BLOCK_SUPER_V1 && type != BLOCK_SUPER_V2) ||
	    get_be32(p + s_blocksize) != j->v->s.block_size)
		return "its journal is not one";
	if (type == BLOCK_SUPER_V2)
		j->incompat = get_be32(p + s_feature_incompat);
	if (j->incompat & ~JBD2_KNOWN)
		return "its journal has features that are not known here";
	if (j->incompat & JBD2_FAST_COMMIT)
		fc = get_be32(p + s_num_fc_blks);
	if (j->incompat & JBD2_FAST_COMMIT && !fc)
		fc = FC_BLOCKS;
	j->v->log.seed = crc32c(~0u, p + s_uuid, 16);
	j->v->log.csum_bits = j->incompat & JBD2_CSUM_V3   ? 32
			      : j->incompat & JBD2_CSUM_V2 ? 16
							   : 0;
	j->first = get_be32(p + s_first);
	j->at = get_be32(p + s_start);
	j->sequence = get_be32(p + s_sequence);
	if (len > j->in.size >> j->v->s.block_bits || fc >= len || !j->first ||
	    j->first >= len - fc ||
	    (j->at && (j->at < j->first || j->at >= len - fc)))
		return "the size of its journal is wrong";
	j->end = len - fc;
	j->left = j->end - j->first;
	return NULL;
}

/* Its own checksum begins with other than those of the log. */
static bool super_csum_ok(const struct journal *j, const uint8_t *p)
{
	static const uint8_t zero[4];
	uint32_t c;

	if (!has_csum(j))
		return true;
	c = crc32c(~0u, p, s_checksum);
	c = crc32c(c, zero, sizeof(zero));
	c = crc32c(c, p + s_checksum + 4, SUPER_SIZE - s_checksum - 4);
	return p[s_checksum_type] == CHECKSUM_CRC32C &&
	       c == get_be32(p + s_checksum);
}

static int open_journal(struct journal *j)
{
	struct ext4_volume *v = j->v;
	const char *bad;
	const uint8_t *p;
	uint64_t block;
	int ret = ext4_inode_get(v, v->s.journal_ino, &j->in);

	if (!ret && j->in.size < v->s.block_size)
		ret = ext4_corrupt(v, "the size of its journal is wrong");
	if (!ret)
		ret = locate(j, 0, &block);
	if (!ret)
		ret = ext4_block(v, block, &p);
	if (ret)
		return ret;
	bad = read_super(j, p);
	if (!bad && !super_csum_ok(j, p))
		bad = "the checksum of its journal is wrong";
	return bad ? ext4_corrupt(v, bad) : 0;
}

/* Fast commits are a log of another kind, behind this one. */
#define FC_TAG_HEAD 9u

static int has_fast_commits(struct journal *j, bool *has)
{
	const uint8_t *p;
	uint64_t block;
	int ret;

	*has = false;
	if (!(j->incompat & JBD2_FAST_COMMIT))
		return 0;
	ret = locate(j, j->end, &block);
	if (!ret)
		ret = ext4_block(j->v, block, &p);
	/* tag, length, features, and the transaction it goes on from */
	if (!ret)
		*has = get_le16(p) == FC_TAG_HEAD &&
		       get_le32(p + 8) == j->sequence;
	return ret;
}

int ext4_journal_load(struct ext4_volume *v)
{
	struct journal j = { .v = v };
	bool fast = false;
	int ret;

	if (!v->s.journal_ino) {
		v->fs.note = "its journal, on another disk, was not emptied; "
			     "files are read as they stand";
		return 0;
	}
	ret = open_journal(&j);
	if (!ret && j.at)
		ret = take_log(&j);
	if (!ret)
		ret = has_fast_commits(&j, &fast);
	if (ret)
		return ret;
	keep_newest(v, j.committed);
	if (v->log.count)
		v->fs.note = "its journal was not emptied; files are read as "
			     "they will be when it is";
	if (fast)
		v->fs.note = "its journal was not emptied and has fast "
			     "commits; what these changed is not seen";
	if (j.is_damaged)
		v->fs.note = "its journal was not emptied and is damaged; "
			     "what comes behind that is not seen";
	return 0;
}
