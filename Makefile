# charnn: build, test and install. `make help` lists the targets.
#
# Variables: CC, CFLAGS, CPPFLAGS, LDFLAGS, PREFIX and DESTDIR as usual; BUILD, the folder for objects;
# WERROR=1 turns warnings into errors; HARDEN=no drops the hardening flags; SANITIZE=address (or another
# of the compiler's sanitizers); ZLIB=no, ZSTD=no and LIBEDIT=no drop optional libraries; MPI=yes adds training
# on several machines, LAPACK=yes train --ridge; SET_UP=no installs no missing packages; V=1 shows the commands.

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

ifneq ($(filter-out /%,$(firstword $(PREFIX))),)
$(error PREFIX is '$(PREFIX)': name a folder by its whole path, from / on)
endif

# Only the default build puts the program into the top folder.
PROGRAM ?= $(if $(filter build,$(BUILD)),charnn,$(BUILD)/charnn)
UNIT := $(BUILD)/tests/unit

GOALS := $(or $(MAKECMDGOALS),all)
IDLE_GOALS := clean dist format help test-arm uninstall
TEST_GOALS := asan cover lint memcheck test tsan ubsan unit

# ---- dependencies: missing packages are installed before anything is built -----------------------

ifneq ($(filter-out $(IDLE_GOALS),$(GOALS)),)
NEED_CHECK := $(filter $(TEST_GOALS),$(GOALS))
PACKAGES := $(if $(CJSON_LIBS),,libcjson) $(if $(NEED_CHECK),$(if $(CHECK_LIBS),,check))
find_missing = $(strip $(shell command -v $(firstword $(CC)) >/dev/null 2>&1 || echo '$(firstword $(CC))'; \
    for package in $(PACKAGES); do \
        $(PKG_CONFIG) --exists $$package 2>/dev/null || echo $$package; \
    done))
MISSING := $(find_missing)
DRY := $(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
ifneq ($(MISSING),)
ADVICE := ; to install what is missing, run scripts/install-deps.sh
ifeq ($(SET_UP)$(DRY),yes)
ADVICE :=
INSTALLED := $(shell CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' scripts/install-deps.sh $(if $(NEED_CHECK),,--build) >&2 && echo yes)
MISSING := $(if $(INSTALLED),$(find_missing),$(MISSING))
endif
endif
ifneq ($(MISSING),)
$(error missing: $(MISSING)$(ADVICE))
endif
CJSON_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags libcjson 2>/dev/null)
CJSON_LIBS ?= $(shell $(PKG_CONFIG) --libs libcjson 2>/dev/null)
CHECK_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags check 2>/dev/null)
CHECK_LIBS ?= $(shell $(PKG_CONFIG) --libs check 2>/dev/null)
# Optional libraries: zlib and zstd for compressed texts, libedit for line editing.
ZLIB ?= $(shell $(PKG_CONFIG) --exists zlib 2>/dev/null && echo yes)
ZSTD ?= $(shell $(PKG_CONFIG) --exists libzstd 2>/dev/null && echo yes)
LIBEDIT ?= $(shell $(PKG_CONFIG) --exists libedit 2>/dev/null && echo yes)
ZLIB := $(ZLIB)
ZSTD := $(ZSTD)
LIBEDIT := $(LIBEDIT)
OPTIONAL := $(if $(filter yes,$(ZLIB)),zlib) $(if $(filter yes,$(ZSTD)),libzstd) \
    $(if $(filter yes,$(LIBEDIT)),libedit)
# The names of Open MPI and MPICH.
ifeq ($(MPI),yes)
MPI_PACKAGE := $(firstword $(foreach p,ompi-c mpich mpi,$(shell $(PKG_CONFIG) --exists $p 2>/dev/null && echo $p)))
$(if $(MPI_PACKAGE),,$(error MPI=yes: pkg-config finds neither Open MPI nor MPICH; on Debian install libopenmpi-dev))
OPTIONAL += $(MPI_PACKAGE)
endif
ifneq ($(strip $(OPTIONAL)),)
OPTIONAL_CFLAGS := $(if $(filter yes,$(ZLIB)),-DCHARNN_ZLIB=1) \
    $(if $(filter yes,$(ZSTD)),-DCHARNN_ZSTD=1) $(if $(filter yes,$(LIBEDIT)),-DCHARNN_LIBEDIT=1) \
    $(shell $(PKG_CONFIG) --cflags $(OPTIONAL))
OPTIONAL_LIBS := $(shell $(PKG_CONFIG) --libs $(OPTIONAL))
endif
# LAPACK's C interface, for one file: train --ridge. Loading it takes memory in every command.
ifeq ($(LAPACK),yes)
$(if $(shell $(PKG_CONFIG) --exists lapacke 2>/dev/null && echo yes),,$(error LAPACK=yes: pkg-config does not find lapacke; on Debian install liblapacke-dev))
LAPACK_CFLAGS := -DCHARNN_LAPACK=1 $(shell $(PKG_CONFIG) --cflags lapacke)
OPTIONAL_LIBS += $(shell $(PKG_CONFIG) --libs lapacke)
endif
CJSON_CFLAGS := $(CJSON_CFLAGS)
CJSON_LIBS := $(CJSON_LIBS)
CHECK_CFLAGS := $(CHECK_CFLAGS)
CHECK_LIBS := $(CHECK_LIBS)
endif

# ---- flags ---------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif

ifneq ($(SANITIZE),)
SANITIZE_FLAGS := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
else ifeq ($(HARDEN)-$(shell uname -s),yes-Linux)
# glibc warns about _FORTIFY_SOURCE in builds without optimization.
OPTIMIZED := $(filter-out -O0,$(filter -O%,$(CFLAGS)))
# The C library warns if it has no level 3 for this compiler.
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

# Compiled once per instruction set.
KERNEL_SOURCES := $(wildcard src/kernels/simd*.c src/nn/cells/cell_*.c)
OTHER_WIRE := src/ranks/wire_$(if $(filter yes,$(MPI)),none,mpi).c
LIB_SOURCES := $(sort $(filter-out $(KERNEL_SOURCES) $(OTHER_WIRE),$(wildcard src/*/*.c src/*/*/*.c src/*/*/*/*.c)))
TEST_ROOMS := $(patsubst src/%/,tests/%,$(wildcard src/*/ src/*/*/ src/*/*/*/))
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/%.o)
TEST_SOURCES := $(sort tests/runner.c $(wildcard tests/support/*.c $(addsuffix /test_*.c,$(TEST_ROOMS))))
TEST_OBJECTS := $(TEST_SOURCES:%.c=$(BUILD)/%.o)
MAIN_OBJECT := $(BUILD)/src/main.o

# Suites for valgrind, which is slow: those that allocate memory. The others mainly compute.
MEMCHECK_SUITES ?= error memory random file faults lock thread_pool symbols vocab corpus oov \
    batches records json safetensors checkpoint damage formats optimizer schedule grow stops prime \
    beam scorer recording probe memorization format meter log_file options

# Fault injection (tests/support/faults.h) for the unit tests and for a second program for shell tests. It
# needs the --wrap option of ELF linkers.
ifeq ($(shell uname -s),Linux)
FAULTY := $(BUILD)/tests/faulty/charnn
FAULT_CALLS := calloc clock_gettime close fdatasync flock fopen free fsync ftruncate link mkdir mmap open \
    openat pthread_create pwrite read rename renameat sysconf unlink unlinkat write
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

# Kernels keep their tiles in small arrays, which must stay in registers (no stack protector), and copy
# vectors with memcpy(), which must not become a checked call (no _FORTIFY_SOURCE). With a sanitizer or
# without optimization, one copy of the code serves all tile sizes: that compiles in seconds, not minutes.
KERNEL_CFLAGS := $(if $(SANITIZE)$(filter -O0,$(CFLAGS)),-DKERNEL_ONE_TILE,-O3) -fno-math-errno \
    -fno-stack-protector -U_FORTIFY_SOURCE

# The kernels take longest to compile, so they come first.
OBJECTS := $(KERNEL_OBJECTS) $(LIB_OBJECTS)

# The manual pages and completion scripts, which the program prints.
COMMANDS := $(sort $(patsubst src/cli/cmd_%.c,%,$(wildcard src/cli/cmd_*.c)))
PAGES := $(BUILD)/charnn.1 $(COMMANDS:%=$(BUILD)/charnn-%.1)
SCRIPTS := $(BUILD)/charnn.bash $(BUILD)/charnn.zsh $(BUILD)/charnn.fish

# The benchmark wraps two functions of the library. peak.c is compiled like a kernel.
BENCH := $(BUILD)/bench
BENCH_SOURCES := $(filter-out tests/bench/peak.c,$(wildcard tests/bench/*.c))
BENCH_OBJECTS := $(BENCH_SOURCES:%.c=$(BUILD)/%.o) $(KERNEL_SETS:%=$(BUILD)/tests/bench/peak.%.o)
BENCH_LDFLAGS := -Wl,--wrap=kernels_current,--wrap=thread_pool_run
PYTHON ?= python3

# Fuzzing needs clang and its runtime (Debian: libclang-rt-dev). The kernels are not instrumented: no input
# controls their branches, and compiling them would take minutes.
FUZZ_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/fuzz/*.c))
FUZZERS := $(filter $(BUILD)/tests/fuzz/fuzz_%,$(FUZZ_OBJECTS:%.o=%))

# The oneDNN part of bench-peers needs oneDNN 2 (Debian: libdnnl-dev).
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

##@ Build

all: $(PROGRAM) ## the program (default)
	@$(if $(LINKED),:,echo '$(PROGRAM) is up to date')

$(PROGRAM): $(MAIN_OBJECT) $(OBJECTS) $(BUILD)/link-flags
	$(show) LINK $@ $(eval LINKED := yes)
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

# The flags that `charnn info --build` prints: without names of folders, so that a build in another folder
# gives the same program.
folder_flags = $(foreach what,debug file macro profile,-f$(what)-prefix-map=%)
BUILD_FLAGS = $(strip $(filter-out $(folder_flags),$(CFLAGS)) $(SANITIZE_FLAGS))
$(BUILD)/src/cli/info/build.o: private ALL_CFLAGS += \
    -DCHARNN_BUILD_FLAGS=$(call quoted,"$(subst ",\",$(subst \,\\,$(BUILD_FLAGS)))")

$(BUILD)/src/train/ridge.o: private ALL_CFLAGS += $(LAPACK_CFLAGS)
$(BUILD)/src/train/ridge.o: $(BUILD)/link-flags

# Two files that change if the flags change, so that objects with other flags are built again.
quoted = '$(subst ','\'',$(1))'
define keep_if_same
	@mkdir -p $(@D)
	@printf '%s\n' $(call quoted,$(1)) | cmp -s - $@ || printf '%s\n' $(call quoted,$(1)) >$@
endef

$(BUILD)/compile-flags: always
	$(call keep_if_same,$(CC) $(ALL_CFLAGS) $(CHECK_CFLAGS) $(KERNEL_CFLAGS) $(foreach s,$(KERNEL_SETS),$(KERNEL_FLAGS_$s)))

$(BUILD)/link-flags: always
	$(call keep_if_same,$(CC) $(ALL_LDFLAGS) $(FAULT_LDFLAGS) $(OBJECTS) $(TEST_OBJECTS) $(CHECK_LIBS) $(CJSON_LIBS) $(OPTIONAL_LIBS))

# charnn.1 and charnn-train.1, of the program and of a command.
$(PAGES): $(BUILD)/%.1: $(PROGRAM)
	$(Q)mkdir -p $(@D)
	$(Q)'$(abspath $(PROGRAM))' help --man $(patsubst charnn-%,%,$(filter-out charnn,$*)) >$@.part && mv $@.part $@

$(SCRIPTS): $(BUILD)/charnn.%: $(PROGRAM)
	$(Q)mkdir -p $(@D)
	$(Q)'$(abspath $(PROGRAM))' help --completion $* >$@.part && mv $@.part $@

-include $(wildcard $(patsubst %.o,%.d,$(OBJECTS) $(MAIN_OBJECT) $(TEST_OBJECTS) \
    $(FAULTY_OBJECTS) $(FUZZ_OBJECTS) $(BENCH_OBJECTS) $(ONEDNN_OBJECTS)))

# ---- variants and checks -------------------------------------------------------------------------

again = +@$(MAKE) --no-print-directory

debug: ## a debug build in build/debug
	$(again) all BUILD=$(BUILD)/debug CFLAGS='-O0 -g3'

# On a busy machine, more jobs than processors give the build a larger share of them.
demo: ## train on the system's C headers and write a sample, in 90 s
	@mkdir -p '$(BUILD)/demo' && date +%s >'$(BUILD)/demo/started'
	@case "$$MAKEFLAGS" in *jobserver* | *-j*) ;; *) jobs=-j$$((4 * $$(nproc 2>/dev/null || echo 2))) ;; esac; \
	$(MAKE) --no-print-directory $$jobs '$(PROGRAM)'
	@DEMO_STARTED=$$(cat '$(BUILD)/demo/started') scripts/demo.sh '$(PROGRAM)' '$(BUILD)/demo'

##@ Test

test: $(if $(filter none,$(SUITES)),,$(UNIT)) $(FAULTY) $(PROGRAM) ## all tests; the last line is "N passed, N failed"
	@$(if $(filter yes,$(SET_UP)),scripts/install-deps.sh)
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' FAULTY='$(FAULTY)' scripts/test.sh '$(UNIT)' '$(PROGRAM)'

test-mpi: $(PROGRAM) ## training on 2 and 3 ranks of Open MPI, in build/mpi
	$(again) all $(BUILD)/mpi/tests/faulty/charnn BUILD=$(BUILD)/mpi MPI=yes
	@tests/ranks.sh '$(BUILD)/mpi/charnn' '$(BUILD)/mpi/tests/faulty/charnn' '$(PROGRAM)'

unit: $(UNIT) $(FAULTY) ## build the test programs without running them

asan: ## all tests with the address sanitizer, in build/asan
	$(again) test BUILD=$(BUILD)/asan SANITIZE=address CFLAGS='-O1 -g'

ubsan: ## all tests with the undefined-behaviour sanitizer, in build/ubsan
	$(again) test BUILD=$(BUILD)/ubsan SANITIZE=undefined CFLAGS='-O1 -g'

tsan: export CK_TIMEOUT_MULTIPLIER = 10
tsan: ## all tests with the thread sanitizer, in build/tsan
	$(again) test BUILD=$(BUILD)/tsan SANITIZE=thread CFLAGS='-O1 -g'

test-arm: ## unit tests and some shell tests for 64-bit ARM, in qemu-aarch64 (on Debian)
	@SET_UP='$(SET_UP)' scripts/test-arm.sh '$(BUILD)/arm'

memcheck: $(UNIT) ## the unit tests of MEMCHECK_SUITES in valgrind
	@for suite in $(MEMCHECK_SUITES); do echo "memcheck: $$suite" && \
	    CK_FORK=no CK_RUN_SUITE=$$suite valgrind --quiet --error-exitcode=99 --leak-check=full \
	    --errors-for-leak-kinds=definite,indirect '$(UNIT)' || exit 1; done

cover: ## all tests, then the line coverage of each file (gcc)
	$(again) test BUILD=$(BUILD)/cover CC=gcc HARDEN=no CFLAGS='-O0 -g --coverage'
	@scripts/cover.sh $(BUILD)/cover

fuzzers: $(FUZZERS)

fuzz: ## libFuzzer (clang) on all readers of files and options, FUZZ_SECONDS (60) each
	$(again) fuzzers BUILD=$(BUILD)/fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined CFLAGS='-O1 -g' \
	    KERNEL_CFLAGS='-fno-sanitize=all -fno-math-errno -fno-stack-protector'
	@scripts/fuzz.sh '$(BUILD)/fuzz'

##@ Measure

bench: $(BENCH) ## speed relative to the processor's peak; see BENCH_ARGS='--help'
	@'$(BENCH)' $(BENCH_ARGS)

bench-peers: $(BENCH) $(PROGRAM) $(ONEDNN) ## speed next to PyTorch and ONNX Runtime (in PYTHON), and oneDNN, if installed
	@'$(PYTHON)' tests/bench/peers_write.py '$(PROGRAM)' $(WRITE_ARGS)
	@'$(PYTHON)' tests/bench/peers.py '$(BENCH)' $(PEERS_ARGS)
	@$(if $(ONEDNN),for n in 1 $$(nproc); do \
	    echo && OMP_NUM_THREADS=$$n '$(ONEDNN)' $$n || exit 1; done, \
	    echo 'oneDNN 2 (Debian: libdnnl-dev) is not installed; it was not timed')

##@ Source

lint: ## clang-format, clang-tidy, cppcheck, shellcheck and the order of floors
	@LINT_FLAGS='$(BASE_CFLAGS) -Itests $(shell $(PKG_CONFIG) --cflags-only-I ompi-c 2>/dev/null) $(CJSON_CFLAGS) $(OPTIONAL_CFLAGS) $(CHECK_CFLAGS)' scripts/lint.sh

format: ## format the C files in place
	clang-format -i $$(find src tests -name '*.[ch]')

dist: ## a tarball of the last commit, in dist/
	@mkdir -p dist
	git archive --prefix=charnn-$(VERSION)/ -o dist/charnn-$(VERSION).tar.gz HEAD

clean: ## remove everything that was built
	rm -rf '$(BUILD)' '$(PROGRAM)' dist

# ---- installing ----------------------------------------------------------------------------------

BIN_DIR = $(DESTDIR)$(PREFIX)/bin
MAN_DIR = $(DESTDIR)$(PREFIX)/share/man/man1
BASH_DIR = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSH_DIR = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISH_DIR = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d

##@ Install

install: $(PROGRAM) $(PAGES) $(SCRIPTS) ## program, man pages and shell completion, below PREFIX (/usr/local)
	install -d $(call quoted,$(BIN_DIR)) $(call quoted,$(MAN_DIR)) $(call quoted,$(BASH_DIR)) \
	    $(call quoted,$(ZSH_DIR)) $(call quoted,$(FISH_DIR))
	install -m 755 '$(PROGRAM)' $(call quoted,$(BIN_DIR)/charnn)
	install -m 644 $(PAGES:%='%') $(call quoted,$(MAN_DIR))
	install -m 644 '$(BUILD)/charnn.bash' $(call quoted,$(BASH_DIR)/charnn)
	install -m 644 '$(BUILD)/charnn.zsh' $(call quoted,$(ZSH_DIR)/_charnn)
	install -m 644 '$(BUILD)/charnn.fish' $(call quoted,$(FISH_DIR)/charnn.fish)

# Removes folders that are then empty too, except those that a system has from the start.
uninstall: ## remove the installed files
	rm -f $(call quoted,$(BIN_DIR)/charnn) \
	    $(foreach page,$(notdir $(PAGES)),$(call quoted,$(MAN_DIR)/$(page))) \
	    $(call quoted,$(BASH_DIR)/charnn) $(call quoted,$(ZSH_DIR)/_charnn) $(call quoted,$(FISH_DIR)/charnn.fish)
	@stage=$(call quoted,$(DESTDIR)) && prefix=$(call quoted,$(PREFIX)) && \
	folders='/share/bash-completion/completions /share/bash-completion /share/fish/vendor_completions.d /share/fish' && \
	case $$stage$$prefix in \
	/usr | /usr/local) ;; \
	*) folders="$$folders /share/zsh/site-functions /share/zsh /share/man/man1 /share/man /share /bin /" ;; \
	esac && \
	for folder in $$folders; do rmdir "$$stage$$prefix$$folder" 2>/dev/null || :; done; \
	parent=$${prefix%/*}; \
	while [ -n "$$stage" ] && [ -n "$$parent" ]; do \
	    rmdir "$$stage$$parent" 2>/dev/null || break; \
	    parent=$${parent%/*}; \
	done

##@ Help

help: ## this list
	@awk -F ':.*## ' '/^##@/ { print substr($$0, 5) ":" } \
	    /^[a-z-]+:.*## / { printf "  make %-11s  %s\n", $$1, $$2 }' Makefile

always:

.PHONY: all always asan bench bench-peers clean cover debug demo dist format fuzz fuzzers help \
    install lint memcheck test test-arm test-mpi tsan ubsan uninstall unit
.DELETE_ON_ERROR:
