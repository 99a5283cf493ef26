/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linker tables: how commands, virtio drivers, file systems, partition schemes
 * and payload types register without a central list. An entry is one const
 * pointer in section table_<kind>; the linker makes the bounds (the host's by
 * itself, the firmware's from one KEEP line per kind in vireo.lds). Order is not
 * a contract.
 *
 *	TABLE_ENTRY(fs, &fat_fs);
 *
 *	TABLE_DECLARE(fs, struct fs_type);
 *	for_each_entry(fs, struct fs_type, t)
 *		use(*t);		(t is a pointer to the entry's pointer)
 *
 * The bounds are weak so that a host test may link no entry of a kind.
 */
#ifndef VIREO_LIB_TABLE_H
#define VIREO_LIB_TABLE_H

#define TABLE_ENTRY(kind, ptr)     TABLE_ENTRY_(kind, ptr, __COUNTER__)
#define TABLE_ENTRY_(kind, ptr, n) TABLE_ENTRY__(kind, ptr, n)
#define TABLE_ENTRY__(kind, ptr, n) \
	static const void *const table_##kind##_##n \
		__attribute__((section("table_" #kind), used)) = (ptr)

#define TABLE_DECLARE(kind, type) \
	extern type *const __start_table_##kind[] \
		__attribute__((weak, visibility("hidden"))); \
	extern type *const __stop_table_##kind[] \
		__attribute__((weak, visibility("hidden")))

#define for_each_entry(kind, type, it) \
	for (type *const *it = __start_table_##kind; \
	     it != __stop_table_##kind; it++)

#endif
