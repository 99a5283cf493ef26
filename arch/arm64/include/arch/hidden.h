/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Included before every source file of the firmware by the Makefile: nothing is
 * exported, so every symbol is reached relative to the program counter, which
 * image_move needs before relocations are applied.
 */
#pragma GCC visibility push(hidden)
