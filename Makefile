# charnn: build, test and install. `make help` lists the targets.
#
# Variables: CC CFLAGS CPPFLAGS LDFLAGS as always; PREFIX and DESTDIR for install; BUILD for the
# folder of objects; WERROR=1 turns warnings into errors; HARDEN=no leaves out the flags against
# exploits; SANITIZE=address (or another of the compiler's) adds a sanitizer; ZLIB=no, ZSTD=no and
# LIBEDIT=no leave out optional libraries; SET_UP=no never installs anything; V=1 shows the commands.

CC ?= cc
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BUILD ?= build
HARDEN ?= yes
SET_UP ?= yes
PKG_CONFIG ?= pkg-config
VERSION = $(shell sed -n 's/^\#define CHARNN_VERSION "\(.*\)"/\1/p' src/base/version.h)
MAKEFLAGS += --no-builtin-rules

ifneq ($(word 2,$(BUILD)),)
$(error BUILD is '$(BUILD)': make cannot build in a folder whose name has a space)
endif

# The program lies at the top only for the ordinary build.
PROGRAM ?= $(if $(filter build,$(BUILD)),charnn,$(BUILD)/charnn)
UNIT := $(BUILD)/tests/unit

GOALS := $(or $(MAKECMDGOALS),all)
IDLE_GOALS := clean dist format help uninstall
TEST_GOALS := asan cover lint memcheck test tsan ubsan unit

# ---- dependencies: where one is missing, it is installed and make starts afresh ----------------

ifneq ($(filter-out $(IDLE_GOALS),$(GOALS)),)
NEED_CHECK := $(filter $(TEST_GOALS),$(GOALS))
PACKAGES := $(if $(CJSON_LIBS),,libcjson) $(if $(NEED_CHECK),$(if $(CHECK_LIBS),,check))
READY := $(shell command -v $(firstword $(CC)) >/dev/null 2>&1 && \
    { test -z "$(strip $(PACKAGES))" || $(PKG_CONFIG) --exists $(PACKAGES); } 2>/dev/null && echo yes)
ifneq ($(READY),yes)
DRY := $(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
ifneq ($(SET_UP)$(MAKE_RESTARTS)$(DRY),yes)
$(error These are needed, and not all are there: $(CC), $(PKG_CONFIG) and, known to it, \
    $(strip $(PACKAGES)). scripts/install-deps.sh installs them)
endif
$(BUILD)/set-up.mk: always
	@CC='$(CC)' scripts/install-deps.sh $(if $(NEED_CHECK),,--build)
	@mkdir -p $(@D) && : >$@
include $(BUILD)/set-up.mk
endif
CJSON_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags libcjson 2>/dev/null)
CJSON_LIBS ?= $(shell $(PKG_CONFIG) --libs libcjson 2>/dev/null)
CHECK_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags check 2>/dev/null)
CHECK_LIBS ?= $(shell $(PKG_CONFIG) --libs check 2>/dev/null)
# Optional libraries: for compressed texts, and for line editing; ZLIB=no, ZSTD=no and LIBEDIT=no
# leave them out.
ZLIB ?= $(shell $(PKG_CONFIG) --exists zlib 2>/dev/null && echo yes)
ZSTD ?= $(shell $(PKG_CONFIG) --exists libzstd 2>/dev/null && echo yes)
LIBEDIT ?= $(shell $(PKG_CONFIG) --exists libedit 2>/dev/null && echo yes)
ZLIB := $(ZLIB)
ZSTD := $(ZSTD)
LIBEDIT := $(LIBEDIT)
OPTIONAL := $(if $(filter yes,$(ZLIB)),zlib) $(if $(filter yes,$(ZSTD)),libzstd) \
    $(if $(filter yes,$(LIBEDIT)),libedit)
ifneq ($(strip $(OPTIONAL)),)
OPTIONAL_CFLAGS := $(if $(filter yes,$(ZLIB)),-DCHARNN_ZLIB=1) \
    $(if $(filter yes,$(ZSTD)),-DCHARNN_ZSTD=1) $(if $(filter yes,$(LIBEDIT)),-DCHARNN_LIBEDIT=1) \
    $(shell $(PKG_CONFIG) --cflags $(OPTIONAL))
OPTIONAL_LIBS := $(shell $(PKG_CONFIG) --libs $(OPTIONAL))
endif
CJSON_CFLAGS := $(CJSON_CFLAGS)
CJSON_LIBS := $(CJSON_LIBS)
CHECK_CFLAGS := $(CHECK_CFLAGS)
CHECK_LIBS := $(CHECK_LIBS)
endif

# ---- flags ---------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif

ifneq ($(SANITIZE),)
SANITIZE_FLAGS := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
else ifeq ($(HARDEN)-$(shell uname -s),yes-Linux)
# glibc warns about _FORTIFY_SOURCE where nothing is optimized.
OPTIMIZED := $(filter-out -O0,$(filter -O%,$(CFLAGS)))
# The C library warns where it has no level 3 for this compiler.
FORTIFY := $(shell printf '\043include <features.h>\n' | \
    $(CC) -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -Werror -E - >/dev/null 2>&1 && echo 3 || echo 2)
HARDEN_CFLAGS := -fPIE -fstack-protector-strong \
    $(if $(OPTIMIZED),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(FORTIFY))
HARDEN_LDFLAGS := -pie -Wl,-z,relro,-z,now
endif

BASE_CFLAGS := -std=c11 -D_GNU_SOURCE -ffp-contract=off -pthread -Isrc
ALL_CFLAGS = $(BASE_CFLAGS) $(WARNINGS) $(HARDEN_CFLAGS) $(CFLAGS) $(SANITIZE_FLAGS) \
    $(CJSON_CFLAGS) $(OPTIONAL_CFLAGS) $(CPPFLAGS)
ALL_LDFLAGS = $(CFLAGS) $(SANITIZE_FLAGS) $(HARDEN_LDFLAGS) $(LDFLAGS) -pthread

# ---- sources -------------------------------------------------------------------------------------

# Compiled once for each instruction set.
KERNEL_SOURCES := $(wildcard src/kernels/simd*.c src/nn/cell_*.c)
LIB_SOURCES := $(sort $(filter-out $(KERNEL_SOURCES),$(wildcard src/*/*.c src/*/*/*.c)))
TEST_ROOMS := $(patsubst src/%/,tests/%,$(wildcard src/*/ src/*/*/))
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/%.o)
TEST_SOURCES := $(sort tests/runner.c $(wildcard tests/support/*.c $(addsuffix /test_*.c,$(TEST_ROOMS))))
TEST_OBJECTS := $(TEST_SOURCES:%.c=$(BUILD)/%.o)
MAIN_OBJECT := $(BUILD)/src/main.o

# What valgrind is for: memory. The other suites compute much and allocate little.
MEMCHECK_SUITES ?= error memory random file faults lock thread_pool symbols vocab corpus oov \
    batches records json safetensors checkpoint damage formats optimizer schedule grow stops prime \
    beam scorer memorization format meter log_file options

# The unit tests, and a second build of the program for shell tests, can make calls of the C library
# fail (tests/support/faults.h). Linkers that are not for ELF have no --wrap, and the program is the only one.
ifeq ($(shell uname -s),Linux)
FAULTY := $(BUILD)/tests/faulty/charnn
FAULT_CALLS := calloc close fdatasync flock fopen free fsync ftruncate link mkdir mmap open \
    openat pthread_create pwrite read rename renameat unlink unlinkat write
FAULT_LDFLAGS := $(FAULT_CALLS:%=-Wl,--wrap=%)
FAULTY_OBJECTS := $(BUILD)/tests/support/faults.o $(BUILD)/tests/faulty/environment.o
endif

ARCH := $(shell $(CC) -dumpmachine 2>/dev/null | cut -d- -f1)
ifeq ($(ARCH),x86_64)
KERNEL_SETS := v4 v3 v2
endif
ifneq ($(filter aarch64 arm64,$(ARCH)),)
KERNEL_SETS := neon
endif
KERNEL_FLAGS_v2 := -march=x86-64-v2
KERNEL_FLAGS_v3 := -march=x86-64-v3
KERNEL_FLAGS_v4 := -march=x86-64-v4 -mprefer-vector-width=512
KERNEL_FLAGS_neon :=
KERNEL_FLAGS_scalar := -DKERNEL_SCALAR
KERNEL_SETS += scalar
KERNEL_OBJECTS := $(foreach s,$(KERNEL_SETS),$(KERNEL_SOURCES:%.c=$(BUILD)/%.$s.o))

# Kernels hold their tiles in small arrays, which are to stay in registers, and copy vectors with
# memcpy(), which is not to become a call that checks sizes. For a debugger or a sanitizer they are
# compiled as the rest is, with one copy for tiles of all sizes: that takes seconds in place of
# minutes.
KERNEL_CFLAGS := $(if $(SANITIZE)$(filter -O0,$(CFLAGS)),-DKERNEL_ONE_TILE,-O3) -fno-math-errno \
    -fno-stack-protector -U_FORTIFY_SOURCE

OBJECTS := $(LIB_OBJECTS) $(KERNEL_OBJECTS)

# The benchmark stands in for two functions of the program; its peak.c is compiled as kernels are.
BENCH := $(BUILD)/bench
BENCH_SOURCES := $(filter-out tests/bench/peak.c,$(wildcard tests/bench/*.c))
BENCH_OBJECTS := $(BENCH_SOURCES:%.c=$(BUILD)/%.o) $(KERNEL_SETS:%=$(BUILD)/tests/bench/peak.%.o)
BENCH_LDFLAGS := -Wl,--wrap=kernels_current,--wrap=thread_pool_run
PYTHON ?= python3

# Fuzzing needs clang and its runtime (Debian: libclang-rt-dev). The kernels, which no input steers,
# are left as they are: the compiler would take minutes.
FUZZ_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/fuzz/*.c))
FUZZERS := $(filter $(BUILD)/tests/fuzz/fuzz_%,$(FUZZ_OBJECTS:%.o=%))

# Its second half needs oneDNN 2 (Debian: libdnnl-dev) and is left out without.
ONEDNN_SOURCES := $(wildcard tests/bench/onednn/*.c)
ONEDNN_OBJECTS := $(ONEDNN_SOURCES:%.c=$(BUILD)/%.o)
ONEDNN := $(if $(filter bench-peers,$(GOALS)),$(shell \
    printf '\043include <dnnl.h>\n\043if DNNL_VERSION_MAJOR != 2\n\043error\n\043endif\n' | \
    $(CC) $(CPPFLAGS) -E - >/dev/null 2>&1 && echo '$(BUILD)/bench-onednn'))

# ---- building ------------------------------------------------------------------------------------

ifeq ($(V),1)
show = @:
Q :=
else
show = @printf '  %-4s %s\n'
Q := @
endif

.DEFAULT_GOAL := all

all: $(PROGRAM) ## the program (the default)

$(PROGRAM): $(MAIN_OBJECT) $(OBJECTS) $(BUILD)/link-flags
	$(show) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(CJSON_LIBS) $(OPTIONAL_LIBS) -lm

$(UNIT): $(TEST_OBJECTS) $(OBJECTS) $(BUILD)/link-flags
	$(show) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) $(FAULT_LDFLAGS) -o $@ $(filter %.o,$^) $(CHECK_LIBS) $(CJSON_LIBS) $(OPTIONAL_LIBS) -lm

$(FAULTY): $(MAIN_OBJECT) $(OBJECTS) $(FAULTY_OBJECTS) $(BUILD)/link-flags
	$(show) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) $(FAULT_LDFLAGS) -o $@ $(filter %.o,$^) $(CJSON_LIBS) $(OPTIONAL_LIBS) -lm

$(BENCH): $(BENCH_OBJECTS) $(OBJECTS) $(BUILD)/link-flags
	$(show) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) $(BENCH_LDFLAGS) -o $@ $(filter %.o,$^) $(CJSON_LIBS) $(OPTIONAL_LIBS) -lm

$(BUILD)/bench-onednn: $(ONEDNN_OBJECTS) $(OBJECTS) $(BUILD)/link-flags
	$(show) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) -ldnnl $(CJSON_LIBS) $(OPTIONAL_LIBS) -lm

$(FUZZERS): %: %.o $(BUILD)/tests/fuzz/input.o $(OBJECTS) $(BUILD)/link-flags
	$(show) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(CJSON_LIBS) $(OPTIONAL_LIBS) -lm

define kernel_rule
$(BUILD)/%.$(1).o: %.c $(BUILD)/compile-flags
	$$(show) CC '$$< ($(1))'
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $$(ALL_CFLAGS) $$(KERNEL_CFLAGS) -DKERNEL_SET=$(1) $$(KERNEL_FLAGS_$(1)) -MMD -MP -c -o $$@ $$<
endef
$(foreach s,$(KERNEL_SETS),$(eval $(call kernel_rule,$s)))

$(BUILD)/tests/%.o: tests/%.c $(BUILD)/compile-flags
	$(show) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests $(CHECK_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.c $(BUILD)/compile-flags
	$(show) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# What `charnn info --build` tells of the flags, but for names of folders, so that builds elsewhere
# give the same program.
folder_flags = $(foreach what,debug file macro profile,-f$(what)-prefix-map=%)
BUILD_FLAGS = $(strip $(filter-out $(folder_flags),$(CFLAGS)) $(SANITIZE_FLAGS))
$(BUILD)/src/cli/info/build.o: private ALL_CFLAGS += \
    -DCHARNN_BUILD_FLAGS=$(call quoted,"$(subst ",\",$(subst \,\\,$(BUILD_FLAGS)))")

# Two files that change when the flags do, so that what was made with others is made again.
quoted = '$(subst ','\'',$(1))'
define keep_if_same
	@mkdir -p $(@D)
	@printf '%s\n' $(call quoted,$(1)) | cmp -s - $@ || printf '%s\n' $(call quoted,$(1)) >$@
endef

$(BUILD)/compile-flags: always
	$(call keep_if_same,$(CC) $(ALL_CFLAGS) $(CHECK_CFLAGS) $(KERNEL_CFLAGS) $(foreach s,$(KERNEL_SETS),$(KERNEL_FLAGS_$s)))

$(BUILD)/link-flags: always
	$(call keep_if_same,$(CC) $(ALL_LDFLAGS) $(FAULT_LDFLAGS) $(OBJECTS) $(TEST_OBJECTS) $(CHECK_LIBS) $(CJSON_LIBS) $(OPTIONAL_LIBS))

$(BUILD)/charnn.1: $(PROGRAM)
	$(Q)mkdir -p $(@D)
	$(Q)'$(abspath $(PROGRAM))' help --man >$@.part && mv $@.part $@

$(BUILD)/charnn.bash: $(PROGRAM)
	$(Q)mkdir -p $(@D)
	$(Q)'$(abspath $(PROGRAM))' help --completion >$@.part && mv $@.part $@

-include $(wildcard $(patsubst %.o,%.d,$(OBJECTS) $(MAIN_OBJECT) $(TEST_OBJECTS) \
    $(FAULTY_OBJECTS) $(FUZZ_OBJECTS) $(BENCH_OBJECTS) $(ONEDNN_OBJECTS)))

# ---- variants and checks -------------------------------------------------------------------------

again = +@$(MAKE) --no-print-directory

debug: ## a build for the debugger, in build/debug
	$(again) all BUILD=$(BUILD)/debug CFLAGS='-O0 -g3'

unit: $(UNIT) $(FAULTY) ## the unit tests and what else tests need, without running them

test: $(UNIT) $(FAULTY) $(PROGRAM) ## all tests; ends with "N passed, N failed"
	@$(if $(filter yes,$(SET_UP)),scripts/install-deps.sh)
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' FAULTY='$(FAULTY)' scripts/test.sh '$(UNIT)' '$(PROGRAM)'

asan: ## all tests under the address sanitizer, in build/asan
	$(again) test BUILD=$(BUILD)/asan SANITIZE=address CFLAGS='-O1 -g'

memcheck: $(UNIT) ## the unit tests of MEMCHECK_SUITES under valgrind
	@for suite in $(MEMCHECK_SUITES); do echo "memcheck: $$suite" && \
	    CK_FORK=no CK_RUN_SUITE=$$suite valgrind --quiet --error-exitcode=99 --leak-check=full \
	    --errors-for-leak-kinds=definite,indirect '$(UNIT)' || exit 1; done

ubsan: ## all tests under the undefined-behaviour sanitizer, in build/ubsan
	$(again) test BUILD=$(BUILD)/ubsan SANITIZE=undefined CFLAGS='-O1 -g'

tsan: export CK_TIMEOUT_MULTIPLIER = 10
tsan: ## all tests under the thread sanitizer, in build/tsan
	$(again) test BUILD=$(BUILD)/tsan SANITIZE=thread CFLAGS='-O1 -g'

fuzzers: $(FUZZERS)

fuzz: ## libFuzzer (clang) on what reads files and options, for FUZZ_SECONDS (60) each
	$(again) fuzzers BUILD=$(BUILD)/fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined CFLAGS='-O1 -g' \
	    KERNEL_CFLAGS='-fno-sanitize=all -fno-math-errno -fno-stack-protector'
	@scripts/fuzz.sh '$(BUILD)/fuzz'

cover: ## all tests, then the share of lines that they reach, by file (gcc)
	$(again) test BUILD=$(BUILD)/cover CC=gcc HARDEN=no CFLAGS='-O0 -g --coverage'
	@scripts/cover.sh $(BUILD)/cover

bench: $(BENCH) ## speed beside the processor's peak; BENCH_ARGS='--help' tells of its options
	@'$(BENCH)' $(BENCH_ARGS)

bench-peers: $(BENCH) $(ONEDNN) ## speed beside PyTorch (of PYTHON) and oneDNN, where they are there
	@'$(PYTHON)' tests/bench/peers.py '$(BENCH)' $(PEERS_ARGS)
	@$(if $(ONEDNN),for n in 1 $$(nproc); do \
	    echo && OMP_NUM_THREADS=$$n '$(ONEDNN)' $$n || exit 1; done, \
	    echo 'oneDNN 2 (Debian: libdnnl-dev) is not there to be timed')

lint: ## format, clang-tidy, cppcheck, shellcheck and the order of floors
	@LINT_FLAGS='$(BASE_CFLAGS) -Itests $(CJSON_CFLAGS) $(OPTIONAL_CFLAGS) $(CHECK_CFLAGS)' scripts/lint.sh

format: ## formats the C files in place
	clang-format -i $$(find src tests -name '*.[ch]')

demo: ## from nothing to generated text in at most 90 s: learns from the system's C headers
	@mkdir -p '$(BUILD)/demo' && date +%s >'$(BUILD)/demo/started'
	@case "$$MAKEFLAGS" in *jobserver* | *-j*) ;; *) jobs=-j$$(nproc 2>/dev/null || echo 2) ;; esac; \
	$(MAKE) --no-print-directory $$jobs '$(PROGRAM)'
	@DEMO_STARTED=$$(cat '$(BUILD)/demo/started') scripts/demo.sh '$(PROGRAM)' '$(BUILD)/demo'

# ---- installing ----------------------------------------------------------------------------------

BIN_DIR = $(DESTDIR)$(PREFIX)/bin
MAN_DIR = $(DESTDIR)$(PREFIX)/share/man/man1
COMPLETION_DIR = $(DESTDIR)$(PREFIX)/share/bash-completion/completions

install: $(PROGRAM) $(BUILD)/charnn.1 $(BUILD)/charnn.bash ## program, man page and completion
	install -d $(call quoted,$(BIN_DIR)) $(call quoted,$(MAN_DIR)) $(call quoted,$(COMPLETION_DIR))
	install -m 755 '$(PROGRAM)' $(call quoted,$(BIN_DIR)/charnn)
	install -m 644 '$(BUILD)/charnn.1' $(call quoted,$(MAN_DIR)/charnn.1)
	install -m 644 '$(BUILD)/charnn.bash' $(call quoted,$(COMPLETION_DIR)/charnn)

uninstall: ## removes what install put there
	rm -f $(call quoted,$(BIN_DIR)/charnn) $(call quoted,$(MAN_DIR)/charnn.1) \
	    $(call quoted,$(COMPLETION_DIR)/charnn)

dist: ## a tarball of the last commit, in dist/
	@mkdir -p dist
	git archive --prefix=charnn-$(VERSION)/ -o dist/charnn-$(VERSION).tar.gz HEAD

clean: ## removes everything that was built
	rm -rf '$(BUILD)' '$(PROGRAM)' dist

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

always:

.PHONY: all always asan bench bench-peers clean cover debug demo dist format fuzz fuzzers help \
    install lint memcheck test tsan ubsan uninstall unit
.DELETE_ON_ERROR:
