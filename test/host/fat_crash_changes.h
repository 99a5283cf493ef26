/* SPDX-License-Identifier: BSD-2-Clause */
/* The changes that fat_crash_test.c stops in the middle of, on the volume of fat_crash.h. */
#ifndef FAT_CRASH_CHANGES_H
#define FAT_CRASH_CHANGES_H

#include "fake/fat_model.h"

struct change {
	const char *what;
	struct model_change c;
	/* of OP_WRITE: lengths as clusters and bytes */
	int at_clusters, at_bytes, clusters, bytes;
	bool append;
	bool twins; /* a directory moves: two entries may lead to it for a moment */
};

#define W(what, path, at_c, at_b, c, b) \
	{ \
		what, { OP_WRITE, path, NULL, 0, 0, NULL }, at_c, at_b, c, b, \
			false, false \
	}
#define A(what, path, c, b) \
	{ \
		what, { OP_WRITE, path, NULL, 0, 0, NULL }, 0, 0, c, b, true, \
			false \
	}
#define C(what, op, path) \
	{ \
		what, { op, path, NULL, 0, 0, NULL }, 0, 0, 0, 0, false, false \
	}
#define R(what, from, to, twins) \
	{ \
		what, { OP_RENAME, from, to, 0, 0, NULL }, 0, 0, 0, 0, false, \
			twins \
	}

#define LONG_NAME "A name that is as long as it takes to need five entries.text"
#define LONG_DIR  "A directory with quite a long name"

static const struct change changes[] = {
	W("create, small", "/new.bin", 0, 0, 0, 100),
	W("create, large", "/new.bin", 0, 0, 12, 77),
	W("create, empty", "/new.bin", 0, 0, 0, 0),
	W("create, long name", "/" LONG_NAME, 0, 0, 1, 9),
	W("create in a full directory", "/full/new.bin", 0, 0, 2, 0),
	W("create, long name in a full one", "/full/" LONG_NAME, 0, 0, 2, 0),
	W("create, long name, one entry left", "/e1/" LONG_NAME, 0, 0, 0, 5),
	W("create, long name, two entries left", "/e2/" LONG_NAME, 0, 0, 0, 5),
	W("create, long name across sectors", "/e14/" LONG_NAME, 0, 0, 1, 0),
	W("create in a gap", "/gap/new.bin", 0, 0, 1, 0),
	W("create, long name in a gap", "/gap/Fills a gap.text", 0, 0, 1, 0),
	W("create, long name beside gaps", "/gap/" LONG_NAME, 0, 0, 1, 0),
	W("create in the second cluster", "/two/" LONG_NAME, 0, 0, 1, 0),
	W("overwrite, shorter", "/old.bin", 0, 0, 1, 3),
	W("overwrite, longer", "/old.bin", 0, 0, 5, 100),
	W("overwrite, as long", "/OLD.BIN", 0, 0, 2, -1),
	W("overwrite, long name", "/long NAME of a file.txt", 0, 0, 2, 0),
	W("overwrite, empty file", "/empty.txt", 0, 0, 1, 1),
	W("truncate", "/old.bin", 0, 0, 0, 0),
	A("append within the cluster", "/old.bin", 0, 20),
	A("append across clusters", "/old.bin", 2, 20),
	A("append, last cluster full", "/far.bin", 0, 300),
	A("append to an empty file", "/empty.txt", 1, 300),
	A("append to none", "/new.bin", 1, 300),
	A("append nothing", "/old.bin", 0, 0),
	W("write at an offset", "/old.bin", 1, 37, 0, 200),
	W("write at an offset, beyond the end", "/old.bin", 1, 37, 3, 0),
	W("write at an offset, of a cluster", "/old.bin", 1, 0, 1, 0),
	W("write at the end", "/far.bin", 4, 0, 1, 0),
	W("cut at an offset", "/old.bin", 1, 0, 0, 0),
	C("mkdir", OP_MKDIR, "/newdir"),
	C("mkdir in a directory", OP_MKDIR, "/dir/newdir"),
	C("mkdir, long name", OP_MKDIR, "/dir/" LONG_DIR),
	C("mkdir in a full directory", OP_MKDIR, "/full/newdir"),
	C("mkdir, long name in a full one", OP_MKDIR, "/full/" LONG_DIR),
	C("rm", OP_REMOVE, "/old.bin"),
	C("rm, long name", OP_REMOVE, "/Long name of a file.txt"),
	C("rm, empty file", OP_REMOVE, "/empty.txt"),
	C("rm, directory", OP_REMOVE, "/other"),
	C("rm in the second cluster", OP_REMOVE, "/two/last"),
	C("touch, new", OP_TOUCH, "/new.txt"),
	C("touch, new, long name", OP_TOUCH, "/e14/" LONG_NAME),
	C("touch", OP_TOUCH, "/old.bin"),
	R("mv, shorter name", "/keep.bin", "/k", false),
	R("mv, longer name", "/keep.bin", "/" LONG_NAME, false),
	R("mv, long name to a short one", "/Long name of a file.txt", "/l.txt",
	  false),
	R("mv, long name to a longer one", "/Long name of a file.txt",
	  "/" LONG_NAME, false),
	R("mv, case", "/Long name of a file.txt", "/long Name Of A File.TXT",
	  false),
	R("mv, empty file", "/empty.txt", "/nothing.txt", false),
	R("mv in a full directory", "/full/fill05.x", "/full/" LONG_NAME,
	  false),
	R("mv, long name across sectors", "/e14/fill05.x", "/e14/" LONG_NAME,
	  false),
	R("mv, long name in a gap", "/gap/fill09.x",
	  "/gap/A name of three entries in a gap", false),
	R("mv, short name in a gap", "/gap/fill09.x", "/gap/9", false),
	R("mv, one long entry for another", "/gap/fill09.x", "/gap/One entry",
	  false),
	R("mv to a directory", "/old.bin", "/dir/old.bin", false),
	R("mv to a directory, long name", "/Long name of a file.txt",
	  "/e14/" LONG_NAME, false),
	R("mv to a full directory", "/dir/inner.bin", "/full/" LONG_NAME,
	  false),
	R("mv to the root", "/dir/sub/x.bin", "/x.bin", false),
	R("mv onto a file", "/old.bin", "/keep.bin", false),
	R("mv onto a file elsewhere", "/old.bin", "/dir/inner.bin", false),
	R("mv onto an empty file", "/old.bin", "/empty.txt", false),
	R("mv of a directory", "/dir", "/" LONG_DIR, true),
	R("mv of a directory elsewhere", "/dir/sub", "/other/sub", true),
	R("mv of a directory to the root", "/dir/sub", "/" LONG_DIR, true),
	R("mv of a directory to a full one", "/dir", "/full/dir", true),
	R("mv of a directory of a long name", "/Directory with a long name",
	  "/Directory with another long name", true),
	R("mv of a directory onto one", "/dir", "/other", true),
};

#endif
