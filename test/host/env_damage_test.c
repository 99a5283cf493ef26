/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a saved environment that is damaged, unreadable, or more than fits. */
#include "env_store.h"

static void one_copy_damaged(void **state)
{
	(void)state;
	save("old");
	save("new");
	volumes[0].file[1].data[100] ^= 1;
	assert_string_equal(load(), "old");
	assert_string_equal(bad_copy(1), "bad CRC");
	assert_string_equal(r.copy[1].name, "uboot-redund.env");
	/* the next save mends it */
	save("newer");
	assert_string_equal(load(), "newer");
	assert_null(bad_copy(0));
	assert_null(bad_copy(1));
}

static void both_damaged(void **state)
{
	(void)state;
	save("old");
	save("new");
	volumes[0].file[0].data[100] ^= 1;
	volumes[0].file[1].data[100] ^= 1;
	assert_int_equal(env_default(), 0);
	assert_int_equal(env_set("v", "mine"), 0);
	assert_int_equal(env_load(&r), -EBADMSG);
	assert_string_equal(env_get("v"), "mine");
	assert_string_equal(r.where, "virtio 0");
	save("again");
	assert_string_equal(load(), "again");
	/* there may be one only */
	volumes[0].file[0].there = false;
	volumes[0].file[1].size = 3;
	assert_int_equal(env_load(&r), -EBADMSG);
	assert_null(bad_copy(0));
	assert_string_equal(bad_copy(1), "too short to be one");
	save("and again");
	assert_string_equal(load(), "and again");
}

/* Somebody else's, or of another firmware: it is not lost without a word. */
static void too_large(void **state)
{
	struct mem_file *f = &volumes[0].file[0];

	(void)state;
	f->there = true;
	f->size = ENV_BLOCK_MAX + 1;
	f->data[0] = 'x';
	assert_int_equal(env_load(&r), -EFBIG);
	assert_string_equal(bad_copy(0), "larger than 256 KiB");
	assert_null(bad_copy(1));
	assert_int_equal(env_save(&r), -EFBIG);
	assert_string_equal(r.why, "\"env erase\" first");
	assert_false(env_can_save());
	assert_int_equal(f->size, ENV_BLOCK_MAX + 1);
	assert_int_equal(env_erase(&r), 0);
	assert_true(env_can_save());
	save("mine");
	assert_string_equal(load(), "mine");
}

/* Whatever is wrong with one copy, the other is used; what can be written over is. */
static void one_copy_unreadable(void **state)
{
	static const int errors[] = { -EIO, -EIO, -EBADMSG, -ELOOP, -EISDIR };

	(void)state;
	for (size_t i = 0; i < 2 * array_size(errors); i++) {
		int err = errors[i / 2];
		struct mem_file *bad = &volumes[0].file[i & 1];

		memset(volumes[0].file, 0, sizeof(volumes[0].file));
		save(i & 1 ? "old" : "new");
		save(i & 1 ? "new" : "old");
		*bad = (struct mem_file){ .there = true, .size = bad->size };
		bad->error = err;
		bad->good = i / 2 == 1 ? 512 : 0;
		bad->data[4] = 200; /* the newer one, by that */
		assert_string_equal(load(), "old");
		assert_non_null(bad_copy(i & 1));
		assert_null(bad_copy(!(i & 1)));
		assert_int_equal(env_can_save(), err != -EISDIR);
		if (err == -EISDIR) {
			assert_int_equal(env_save(&r), err);
			assert_non_null(bad_copy(i & 1));
			continue;
		}
		assert_int_equal(env_set("v", "newer"), 0);
		assert_int_equal(env_save(&r), 0);
		bad->error = 0;
		assert_string_equal(load(), "newer");
		assert_null(bad_copy(i & 1));
	}
}

/* The only one that is there may be right tomorrow. */
static void only_copy_unreadable(void **state)
{
	(void)state;
	single(&volumes[0].file[0], "kept", 4096);
	volumes[0].file[0].error = -EIO;
	assert_int_equal(env_save(&r), -EIO);
	assert_string_equal(bad_copy(0), "input/output error");
	assert_string_equal(r.why, "\"env erase\" first");
	volumes[0].file[0].error = 0;
	assert_string_equal(load(), "kept");
}

/* With room for one copy it is saved. */
static void room_for_one(void **state)
{
	(void)state;
	volumes[0].full = true;
	save("here");
	assert_string_equal(bad_copy(1), "no space left");
	assert_string_equal(load(), "here");
	assert_int_equal(env_save(&r), -ENOSPC);
	assert_string_equal(bad_copy(1), "no space left");
	assert_string_equal(load(), "here");
}

/* What cannot be read is given up once, and the machine goes on. */
static void unreadable(void **state)
{
	static const int errors[] = { -EIO, -EINTR, -ETIMEDOUT };

	(void)state;
	for (size_t i = 0; i < array_size(errors); i++) {
		struct mem_file *f = &volumes[0].file[0];

		memset(volumes[0].file, 0, sizeof(volumes[0].file));
		single(f, "kept", 4096);
		f->error = errors[i];
		f->good = 512;
		assert_int_equal(env_save(&r), errors[i]);
		assert_int_equal(env_load(&r), errors[i]);
		f->error = 0;
		assert_string_equal(load(), "kept");
	}
}

/* @data: as env_read_data has it */
static void only(const char *data, size_t len, size_t size)
{
	struct env_block b = { .flags = 1 };
	struct mem_file *f = &volumes[0].file[0];

	f->there = true;
	f->size = size;
	memset(f->data, 0xff, size);
	memcpy(f->data + 5, data, len);
	env_block_seal(f->data, size, &b);
	assert_int_equal(env_load_first(&r), 0);
}

/* Each is named, and loses no other: what cannot be a name, and values that the flags do
 * not allow, those that come with them, too. */
static void bad_variables(void **state)
{
	static const char data[] =
		".flags=n:d\0a=1\0b c=2\0d=3\0ethaddr=garbage\0ipaddr=x\0n=4z\0"
		"junk\0";
	static const char *const bad[] = {
		"b c: illegal character in the name",
		"ethaddr: flags type check failure",
		"ipaddr: flags type check failure",
		"n: flags type check failure",
		"junk: no '='",
	};

	(void)state;
	only(data, sizeof(data), 256);
	assert_int_equal(r.nbad, array_size(bad));
	for (size_t i = 0; i < array_size(bad); i++)
		assert_string_equal(r.bad[i], bad[i]);
	assert_string_equal(env_get("a"), "1");
	assert_string_equal(env_get("d"), "3");
	assert_null(env_get("ipaddr"));
	/* what it does not name has its default */
	assert_string_equal(env_get("bootcmd"), "bootlinux");
	assert_string_equal(env_get("ethaddr"), "52:54:00:12:34:56");
	only("=\0=\0=\0=\0=\0=\0=\0=\0=\0=\0", 21, 64);
	assert_int_equal(r.nbad, 10);
	assert_string_equal(r.bad[ENV_BAD_MAX - 1], ": no name");
	/* it is no reason not to save */
	save("1");
}

/* More than there is room for would be lost by a save. */
static void more_than_fits(void **state)
{
	static char data[ENV_BLOCK_MAX / 2];
	struct mem_file *f = &volumes[0].file[0];
	size_t len = 0;

	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		len += (size_t)snprintf(data + len, 8, "v%03u=", i);
		memset(data + len, 'y', 1000);
		len += 1001;
	}
	only(data, len + 1, ENV_BLOCK_MAX);
	assert_in_range(r.nbad, 30, 40);
	assert_string_equal(r.bad[7] + 4, ": no space left");
	assert_false(env_can_save());
	assert_int_equal(env_save(&r), -ENOSPC);
	assert_string_equal(r.why,
			    "it was not loaded whole; \"env erase\" first");
	assert_memory_equal(f->data + 5, data, len);
	assert_false(volumes[0].file[1].there);
	assert_int_equal(env_erase(&r), 0);
	save("1");
	assert_string_equal(load(), "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(one_copy_damaged, setup_fat, NULL),
		fake_isolated(both_damaged, setup_fat, NULL),
		fake_isolated(too_large, setup_fat, NULL),
		fake_isolated(one_copy_unreadable, setup_fat, NULL),
		fake_isolated(only_copy_unreadable, setup_fat, NULL),
		fake_isolated(room_for_one, setup_fat, NULL),
		fake_isolated(unreadable, setup_fat, NULL),
		fake_isolated(bad_variables, setup_fat, NULL),
		fake_isolated(more_than_fits, setup_fat, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
