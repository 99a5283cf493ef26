# SPDX-License-Identifier: BSD-2-Clause
# The whole build, read from top to bottom. Output goes to out/ only. A new .c or .S file in a room is built
# without an edit here. The lines that begin with "#h" are what "make help" prints.
#h make            build out/vireo.bin, out/vireo-pflash.bin, out/vireo.elf
#h make run        boot Debian's arm64 kernel to a shell in QEMU (set-up included)
#h make shell      the same machine, stopping at the firmware's prompt
#h make demo       a bring-up shown step by step, from reset to Linux (DEMO=auto: without keys)
#h make debug      the same, halted at reset with gdb attached
#h make symbolise  name the addresses of a fault report: LOG=file, or standard input
#h make test       every test: host, fuzz, QEMU
#h make check      format, layering, static analysis; again only what changed
#h make bootchart  draw one boot's timeline, into out/bootchart.svg
#h make fuzz       each fuzz target for FUZZ_TIME=60 seconds
#h make bench      speed and size beside Debian's U-Boot, into out/bench.txt
#h make format clean
#h Variables: KERNEL= INITRD= APPEND= DISK= MACHINE= CPU= SMP= MEM= QEMU_ARGS=
#h   CROSS_COMPILE= LLVM=1 LIBFDT_SRC= DEBIAN_MIRROR= V=1
.PHONY: all run shell demo debug symbolise bootchart test fuzzers fuzz bench check lint format help clean FORCE
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules $(if $(filter run shell demo debug,$(MAKECMDGOALS)),,-j$(shell nproc 2>/dev/null || echo 1))
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(Q),@printf '  %-9s%s\n' $1 "$2")
O := out

# ---- set-up, before a compiler is looked for: what the goals need is there, gets installed, or make ends here
export PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
$(if $(filter done,$(shell CROSS_COMPILE='$(CROSS_COMPILE)' LLVM='$(LLVM)' DEBIAN_MIRROR='$(DEBIAN_MIRROR)' PYTHON='$(PYTHON)' \
	images/fetch/setup.sh $(or $(MAKECMDGOALS),all) && echo done)),,$(error Set-up did not finish; see above))

# ---- compiler: the first cross compiler of these, or else clang and lld (LLVM=1 forces those)
CROSS_COMPILE ?= $(firstword $(foreach p,aarch64-none-elf- aarch64-elf- aarch64-linux-gnu-,\
	$(if $(shell command -v $(p)gcc 2>/dev/null),$(p))))
ifneq ($(if $(LLVM),,$(CROSS_COMPILE)),)
  FW_CC := $(CROSS_COMPILE)gcc
  FW_LD := $(CROSS_COMPILE)ld
  FW_BIN := $(CROSS_COMPILE)
  FW_INC := -nostdinc -isystem $(shell $(FW_CC) -print-file-name=include)
  # An address in one instruction, not two: the image is below 1 MiB. (lld lacks a relocation.)
  FW_MODEL := -mcmodel=tiny
else
  FW_CC := clang --target=aarch64-none-elf
  FW_LD := ld.lld
  FW_BIN := llvm-
  FW_LDFLAGS := --apply-dynamic-relocs
  FW_INC := -nostdlibinc
endif

# ---- sources and flags
ROOMS := arch board core drivers block net fs env boot shell cmd lib
SRCS := $(sort $(foreach r,$(ROOMS),$(wildcard $(r)/*.[cS] $(r)/*/*.[cS] $(r)/*/*/*.[cS])))
CSRCS := $(filter %.c,$(SRCS))
FW := $(O)/fw
OBJS := $(addprefix $(FW)/,$(addsuffix .o,$(basename $(SRCS))))
# libfdt: Debian's arm64 static library, or the sources in LIBFDT_SRC= (or its libfdt/)
FDT_SRC := $(if $(LIBFDT_SRC),$(firstword $(wildcard $(LIBFDT_SRC)/libfdt) $(LIBFDT_SRC)))
LIBFDT := $(if $(FDT_SRC),$(patsubst $(FDT_SRC)/%.c,$(O)/libfdt-src/%.o,\
	$(wildcard $(FDT_SRC)/fdt*.c)),$(O)/libfdt/libfdt.a)
WARN := -Wall -Wextra -Werror -Wshadow -Wvla -Wundef -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wimplicit-fallthrough -Wformat=2 -Wno-format-nonliteral
COMMON := -std=c11 -g $(WARN) -MD -MP -fno-common -fno-strict-aliasing -ffile-prefix-map=$(CURDIR)=.
FW_CFLAGS := $(COMMON) -Os -ffreestanding -fpie $(FW_MODEL) -include arch/arm64/include/arch/hidden.h -mcpu=cortex-a53 \
	-mgeneral-regs-only -mstrict-align -mno-outline-atomics -fno-stack-protector -fno-asynchronous-unwind-tables \
	-fno-omit-frame-pointer -ffunction-sections -fdata-sections $(FW_INC) -Iinclude -Iarch/arm64/include \
	-isystem lib/port/libfdt -isystem $(or $(FDT_SRC),$(O)/libfdt/include) -I$(O)
FW_LDFLAGS += -pie --no-dynamic-linker -z notext -z norelro -z max-page-size=4096 --gc-sections \
	--build-id=none --hash-style=sysv -T board/qemu-virt/vireo.lds

# ---- firmware
all: $(O)/vireo.bin $(O)/vireo-pflash.bin

$(FW)/%.o: %.c $(O)/flags | $(LIBFDT) $(O)/version.h
	$(call say,CC,$<)
	$(Q)$(FW_CC) $(FW_CFLAGS) -c -o $@ $<
$(FW)/%.o: %.S $(O)/flags | $(O)/version.h
	$(call say,AS,$<)
	$(Q)$(FW_CC) $(filter-out -mgeneral-regs-only,$(FW_CFLAGS)) -D__ASSEMBLER__ -c -o $@ $<
$(O)/libfdt-src/%.o: $(FDT_SRC)/%.c $(O)/flags
	$(Q)$(FW_CC) $(filter-out -W%,$(FW_CFLAGS)) -w -c -o $@ $<
$(O)/libfdt/libfdt.a:
	$(Q)images/fetch/libfdt.sh

$(O)/vireo.elf: $(OBJS) board/qemu-virt/vireo.lds $(LIBFDT) arch/arm64/link.sh arch/arm64/relocs.sh
	$(call say,LD,$@)
	$(Q)CC='$(FW_CC)' READELF='$(FW_BIN)readelf' arch/arm64/link.sh $@ $(FW)/relocs \
		$(FW_LD) $(FW_LDFLAGS) $(filter %.o %.a,$^)
$(O)/vireo.bin: $(O)/vireo.elf
	$(Q)$(FW_BIN)objcopy -O binary -R .rela.dyn $< $@
	$(call say,BIN,$@ ($$(wc -c <$@) bytes))
$(O)/vireo-pflash.bin: $(O)/vireo.bin
	$(Q)cp $< $@.tmp && truncate -s 64M $@.tmp && mv $@.tmp $@

$(O)/version.h: FORCE
	@lib/version.sh '$(FW_CC)' '$(FW_LD)' >$@.tmp
	@cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@

# A file that changes when what is in it does: another compiler, other flags, other disk contents.
remember = @echo '$1' | cmp -s - $@ || echo '$1' >$@
$(O)/flags: FORCE
	$(call remember,$(FW_CC) $(FW_CFLAGS) $(HOST_CC) $(HOST_CFLAGS))

# ---- host unit tests: each links the firmware's own code, arch/ and board/ replaced by fakes
HOST := $(O)/host
HOST_CC ?= gcc
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
HOST_CFLAGS := $(COMMON) -Og $(SAN) -D_GNU_SOURCE -idirafter include -Itest/host/fake -Iarch/arm64/include \
	-Idrivers/virtio -Ifs/fat -Ifs/ext4 -Ishell -Iboot -Iblock -I$(O)
HOST_SRCS := $(filter-out arch/% board/% drivers/serial/% drivers/fw_cfg/% lib/port/% \
	lib/string.c lib/stdio.c,$(CSRCS)) $(sort $(wildcard test/host/fake/*.c))
HOST_OBJS := $(addprefix $(HOST)/,$(HOST_SRCS:.c=.o))
THREAD := $(HOST)/virtio_thread_test
TESTS := $(patsubst test/host/%.c,$(HOST)/%,$(sort $(wildcard test/host/*_test.c)))
$(HOST)/%.o: %.c $(O)/flags | $(O)/version.h
	$(call say,HOSTCC,$<)
	$(Q)$(HOST_CC) $(HOST_CFLAGS) -c -o $@ $<
$(filter-out $(THREAD),$(TESTS)): $(HOST)/%: $(HOST)/test/host/%.o $(HOST_OBJS)
	$(Q)$(HOST_CC) $(SAN) -o $@ $^ -lcmocka -lfdt
# The rings again, under the sanitizer that goes with no other: a device in a second thread.
$(THREAD): test/host/virtio_thread_test.c $(filter-out %show.c,$(wildcard drivers/virtio/virtq*.c)) \
		$(wildcard drivers/virtio/*.h test/host/fake/arch/*.h) core/dma.c $(O)/flags
	$(call say,HOSTCC,$<)
	$(Q)$(HOST_CC) $(filter-out $(SAN) -MD -MP,$(HOST_CFLAGS)) -Wno-tsan -fsanitize=thread -o $@ $(filter %.c,$^) -lcmocka

# ---- fuzzing: libFuzzer over the same code; the fakes, not looked into, are faster without counters
FUZZ := $(O)/fuzz
FUZZERS := $(patsubst test/fuzz/%.c,$(FUZZ)/%,$(sort $(wildcard test/fuzz/*_fuzz.c)))
FUZZ_OBJS := $(HOST_SRCS:%.c=$(FUZZ)/%.o)
$(FUZZ)/%.o: %.c $(O)/flags | $(O)/version.h
	$(call say,FUZZCC,$<)
	$(Q)clang $(HOST_CFLAGS) -O1 $(if $(filter test/host/%,$<),,-fsanitize=fuzzer-no-link) -c -o $@ $<
$(FUZZERS): $(FUZZ)/%: $(FUZZ)/test/fuzz/%.o $(FUZZ_OBJS)
	$(Q)clang $(SAN) -fsanitize=fuzzer -o $@ $^ -lcmocka -lfdt
fuzzers: $(FUZZERS)
fuzz: $(FUZZERS)
	$(Q)test/fuzz/run.sh $(FUZZ) $(or $(FUZZ_TIME),60) $(^F)

# ---- payloads, the demo disk (KERNEL= and INITRD= instead of Debian's), QEMU (images/run.sh has its variables)
PAYLOAD := $(O)/payload
KERNEL ?= $(PAYLOAD)/Image
INITRD ?= $(PAYLOAD)/initrd.img
DEMO_CFLAGS = $(filter-out -MD -MP -include %/hidden.h,$(FW_CFLAGS)) -fvisibility=hidden
DISK_FILES := $(KERNEL)=Image $(addsuffix =initrd.img,$(INITRD)) $(PAYLOAD)/demo.img $(PAYLOAD)/demo.elf \
	images/sample/README.TXT images/sample/notes
$(PAYLOAD)/Image: images/payload.sh images/initramfs/init images/fetch/pins
	$(Q)images/payload.sh $(PAYLOAD)
$(PAYLOAD)/initrd.img: $(PAYLOAD)/Image ;
$(PAYLOAD)/demo.elf: images/demo/demo.lds images/demo/start.S images/demo/demo.c $(O)/flags
	$(Q)$(FW_CC) $(DEMO_CFLAGS) $(if $(filter clang,$(FW_CC)),-fuse-ld=lld) -nostdlib -static \
		-Wl,--build-id=none,-z,max-page-size=4096,-T,$(filter-out $(O)/flags,$^) -o $@
$(PAYLOAD)/demo.img: $(PAYLOAD)/demo.elf
	$(Q)$(FW_BIN)objcopy -O binary -R .rela.dyn $< $@
$(O)/disk.files: FORCE
	$(call remember,$(DISK_FILES))
$(O)/disk.img: $(O)/disk.files images/mkdisk.sh $(KERNEL) $(INITRD) $(PAYLOAD)/demo.img $(wildcard images/sample/* images/sample/notes/h*)
	$(call say,DISK,$@)
	$(Q)images/mkdisk.sh -s 300 -c 8 -o $@ $(DISK_FILES)
run shell debug demo bootchart: all $(if $(DISK),,$(O)/disk.img)
	@images/run.sh $@
symbolise: $(O)/vireo.elf
	@images/symbolise.sh $(LOG)

# ---- tests: all of them, with one line of totals at the end
test: all $(O)/disk.img $(TESTS) $(FUZZERS)
	$(Q)$(PYTHON) test/run-all.py
bench: all $(O)/disk.img
	$(Q)$(PYTHON) test/bench/bench.py

# ---- make check; a file is analysed again when its object was built again
ALL_C := $(sort $(shell find $(ROOMS) include test images -name '*.[ch]'))
ALL_SH := $(sort $(shell find arch images lib test .ci -name '*.sh') .ci/run)
TIDY_FLAGS := --target=aarch64-none-elf $(filter-out -mno-outline-atomics -mcmodel=tiny,\
	$(subst $(FW_INC),,$(FW_CFLAGS))) -nostdlibinc
$(O)/check/%.format: % .clang-format
	$(Q)clang-format --dry-run -Werror $< && touch $@
$(O)/check/%.tidy: %.c .clang-tidy $(FW)/%.o
	$(call say,TIDY,$<)
	$(Q)clang-tidy --quiet $< -- $(TIDY_FLAGS) 2>$@.log && touch $@ || { cat $@.log; exit 1; }
$(O)/check/cppcheck: $(CSRCS) $(wildcard include/*/*.h)
	$(call say,CPPCHECK,$(words $(CSRCS)) files)
	$(Q)cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress=missingInclude --suppress=normalCheckLevelMaxBranches --cppcheck-build-dir=$(O)/cppcheck \
		-Iinclude -Iarch/arm64/include -I$(O) $(CSRCS) && touch $@
$(O)/check/shell: $(ALL_SH)
	$(Q)shellcheck $^ && touch $@
lint:
	$(Q)test/lint/layers.py && test/lint/virtio_items.py
CHECKS := $(ALL_C:%=$(O)/check/%.format) $(CSRCS:%.c=$(O)/check/%.tidy) $(O)/check/cppcheck $(O)/check/shell
check: lint $(CHECKS)
format:
	$(Q)clang-format -i $(ALL_C)

help:
	@sed -n 's/^#h //p' Makefile
clean:
	rm -rf $(O)

# Every folder that something is written to, at once.
$(shell mkdir -p $(PAYLOAD) $(O)/libfdt-src $(O)/cppcheck $(sort $(dir $(OBJS) $(HOST_OBJS) $(FUZZ_OBJS) $(CHECKS) \
	$(TESTS:$(HOST)/%=$(HOST)/test/host/%) $(FUZZERS:$(FUZZ)/%=$(FUZZ)/test/fuzz/%))))
-include $(shell find $(O) -name '*.d' 2>/dev/null)
