# SPDX-License-Identifier: BSD-2-Clause
# The whole build of Vireo, read from top to bottom. "make help" lists the targets.
# Output goes to out/ only. A new .c or .S file in a room is built without an edit here.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
O := out

# ---- compiler: CROSS_COMPILE, aarch64-none-elf-, aarch64-elf-, aarch64-linux-gnu-,
# then clang and lld (LLVM=1 forces those)
CROSS_COMPILE ?= $(firstword $(foreach p,aarch64-none-elf- aarch64-elf- aarch64-linux-gnu-,\
	$(if $(shell command -v $(p)gcc 2>/dev/null),$(p))))
ifneq ($(if $(LLVM),,$(CROSS_COMPILE)),)
  FW_CC := $(CROSS_COMPILE)gcc
  FW_LD := $(CROSS_COMPILE)ld
  FW_OBJCOPY := $(CROSS_COMPILE)objcopy
  FW_INC = -nostdinc -isystem $(shell $(FW_CC) -print-file-name=include)
else
  FW_CC := clang --target=aarch64-none-elf
  FW_LD := ld.lld
  FW_OBJCOPY := llvm-objcopy
  FW_INC := -nostdlibinc
endif

# ---- sources
ROOMS := arch board core drivers block net fs env boot shell cmd lib
SRCS := $(sort $(foreach r,$(ROOMS),$(wildcard $(r)/*.[cS] $(r)/*/*.[cS] $(r)/*/*/*.[cS])))
FW := $(O)/fw
OBJS := $(addprefix $(FW)/,$(addsuffix .o,$(basename $(SRCS))))

# ---- flags
WARN := -Wall -Wextra -Werror -Wshadow -Wvla -Wundef -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wimplicit-fallthrough -Wformat=2 \
	-Wno-format-nonliteral
COMMON := -std=c11 -g $(WARN) -MMD -MP -fno-common -fno-strict-aliasing \
	-ffile-prefix-map=$(CURDIR)=.
LIBFDT := $(if $(LIBFDT_SRC),$(O)/libfdt-src,$(O)/libfdt)
FW_CFLAGS = $(COMMON) -O2 -ffreestanding -fpie -fvisibility=hidden -mcpu=cortex-a53 \
	-mgeneral-regs-only -mstrict-align -mno-outline-atomics -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-omit-frame-pointer -ffunction-sections \
	-fdata-sections $(FW_INC) -Iinclude -Iarch/arm64/include -isystem lib/port/libfdt \
	-isystem $(LIBFDT)/include -I$(O)
FW_LDFLAGS := -pie --no-dynamic-linker -z notext -z norelro -z max-page-size=4096 --gc-sections \
	--build-id=none -Map=$(O)/vireo.map -T board/qemu-virt/vireo.lds

.PHONY: all
all: $(O)/vireo.bin $(O)/vireo-pflash.bin

# ---- firmware
$(FW)/%.o: %.c Makefile | $(LIBFDT)/libfdt.a $(O)/version.h
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $<")
	$(Q)$(FW_CC) $(FW_CFLAGS) -c -o $@ $<

$(FW)/%.o: %.S Makefile | $(O)/version.h
	@mkdir -p $(@D)
	$(if $(Q),@echo "  AS    $<")
	$(Q)$(FW_CC) $(FW_CFLAGS) -D__ASSEMBLER__ -c -o $@ $<

$(O)/vireo.elf: $(OBJS) board/qemu-virt/vireo.lds $(LIBFDT)/libfdt.a
	$(if $(Q),@echo "  LD    $@")
	$(Q)$(FW_LD) $(FW_LDFLAGS) -o $@ $(OBJS) $(LIBFDT)/libfdt.a

$(O)/vireo.bin: $(O)/vireo.elf
	$(Q)$(FW_OBJCOPY) -O binary $< $@
	$(if $(Q),@echo "  BIN   $@ ($$(stat -c %s $@) bytes)")

$(O)/vireo-pflash.bin: $(O)/vireo.bin
	$(Q)cp $< $@.tmp && truncate -s 64M $@.tmp && mv $@.tmp $@

# The banner's version and date are the commit's, so that builds repeat.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
VERSION := $(shell git describe --tags --always 2>/dev/null || echo unknown)
$(O)/version.h: FORCE
	@mkdir -p $(@D)
	@printf '#define VIREO_VERSION "%s"\n#define VIREO_DATE "%s"\n' '$(VERSION)' \
		"$$(LC_ALL=C date -u -d @$(SOURCE_DATE_EPOCH) '+%b %d %Y - %H:%M:%S +0000')" >$@.tmp
	@cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@
.PHONY: FORCE

# ---- libfdt for the firmware: Debian's arm64 package, or a tree named by LIBFDT_SRC=
$(O)/libfdt/libfdt.a:
	$(Q)images/fetch/libfdt.sh

# ---- host unit tests: each links the firmware's own code, arch/ and board/ replaced by fakes
HOST := $(O)/host
HOST_CC ?= gcc
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
HOST_CFLAGS = $(COMMON) -Og $(SAN) -D_GNU_SOURCE -idirafter include -Itest/host/fake -Iarch/arm64/include \
	-Idrivers/virtio -Ifs/fat -Ishell -Iboot -Iblock -I$(O)
HOST_SRCS := $(filter-out arch/% board/% drivers/serial/% drivers/fw_cfg/% lib/port/% \
	lib/string.c lib/stdio.c %.S,$(SRCS)) $(sort $(wildcard test/host/fake/*.c))
HOST_OBJS := $(addprefix $(HOST)/,$(HOST_SRCS:.c=.o))
TESTS := $(patsubst test/host/%.c,$(HOST)/%,$(sort $(wildcard test/host/*_test.c)))

$(HOST)/%.o: %.c Makefile | $(O)/version.h
	@mkdir -p $(@D)
	$(if $(Q),@echo "  HOSTCC $<")
	$(Q)$(HOST_CC) $(HOST_CFLAGS) -c -o $@ $<

$(TESTS): $(HOST)/%: $(HOST)/test/host/%.o $(HOST_OBJS)
	$(Q)$(HOST_CC) $(SAN) -o $@ $^ -lcmocka -lfdt

.PHONY: host-test
host-test: $(TESTS)
	$(Q)for t in $(TESTS); do $$t || exit 1; done

.PHONY: clean
clean:
	rm -rf $(O)

-include $(shell find $(O) -name '*.d' 2>/dev/null)
