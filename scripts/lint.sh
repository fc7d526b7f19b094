#!/bin/sh
# Runs all linters: clang-format, clang-tidy, cppcheck, shellcheck, the order of floors, and a compilation of
# src against musl. Installs those that are missing. Fails if one of them complains.
#
#   LINT_FLAGS='compiler flags' scripts/lint.sh       (`make lint` sets the flags)
#
# ONLY limits the steps, a list of: format tidy cppcheck shell floors musl.
set -eu
cd "$(dirname "$0")/.."

flags=${LINT_FLAGS:--std=c11 -D_GNU_SOURCE -Isrc -Itests}
jobs=$(nproc 2>/dev/null || echo 2)

# lint.sh --tidy FILE checks one file, for tidy() below. Kernels are checked for one instruction set; the
# others differ only in flags.
if [ "${1-}" = --tidy ]; then
    file=$2
    set --
    case "$file:$(uname -m)" in
    src/kernels/simd*:x86_64 | src/nn/cells/cell_*:x86_64) set -- -DKERNEL_SET=v3 -march=x86-64-v3 ;;
    src/kernels/simd* | src/nn/cells/cell_*) set -- -DKERNEL_SET=neon ;;
    esac
    # $flags is a list of words. stderr only has counts of suppressed warnings.
    # shellcheck disable=SC2086
    clang-tidy --quiet "$file" -- $flags "$@" 2>/dev/null || {
        echo "clang-tidy: $file"
        exit 1
    }
    exit 0
fi

scripts/install-deps.sh --dev

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
failed=

step() {
    name=$1
    shift
    case " ${ONLY:-$name} " in *" $name "*) ;; *) return 0 ;; esac
    if "$@" >"$work/log" 2>&1; then
        echo "lint: $name: ok"
    else
        cat "$work/log"
        echo "lint: $name: FAILED"
        failed="$failed $name"
    fi
}

sources() {
    find src tests -name '*.[ch]' | LC_ALL=C sort
}

format() {
    sources | xargs clang-format --dry-run -Werror
}

# One process per file: with several files, clang-tidy 14 reports va_lists as uninitialized. Files that need
# the headers of oneDNN are left out.
tidy() {
    sources | grep '\.c$' | xargs grep -L '<dnnl.h>' | xargs -P "$jobs" -n 1 scripts/lint.sh --tidy
}

# Suppressed: unknownEvaluationOrder, because cppcheck 2.10 misreads compound literals (the compilers check
# the order); and in tests, warnings about failed allocations and about the tests' own data.
cpp_check() {
    cppcheck --enable=warning,performance,portability --std=c11 --inline-suppr --error-exitcode=1 \
        --quiet --suppress=missingIncludeSystem --suppress=unknownEvaluationOrder \
        --suppress='invalidFunctionArg:tests/*' --suppress='memleakOnRealloc:tests/*' -j "$jobs" \
        -D__x86_64__ -DKERNEL_SET=v3 -D'START_TEST(name)=static void name(int _i)' -DEND_TEST= \
        -itests/bench/onednn -Isrc -Itests src tests
}

shell() {
    # shellcheck disable=SC2046 # names without spaces
    shellcheck -x .ci/run $(find scripts data tests -name '*.sh' | LC_ALL=C sort)
}

# Against the C library of Alpine, whose headers have no more than POSIX asks for. Only the syntax is checked:
# there are no libraries for it here, and of cJSON only its header is needed. MPI is left out.
musl() {
    command -v musl-gcc >/dev/null 2>&1 || {
        echo 'musl-gcc is missing' >&2
        return 0
    }
    mkdir "$work/include"
    cp "$("${PKG_CONFIG:-pkg-config}" --variable=includedir libcjson)/cjson/cJSON.h" "$work/include"
    complaints=0
    for file in $(sources | grep '^src/.*\.c$' | xargs grep -L '<mpi.h>'); do
        case "$file" in
        src/kernels/simd* | src/nn/cells/cell_*) set -- -DKERNEL_SET=scalar -DKERNEL_SCALAR ;;
        *) set -- -DCHARNN_BUILD_FLAGS='""' ;;
        esac
        musl-gcc -std=c11 -D_GNU_SOURCE -pthread -Isrc -I"$work/include" -Wall -Wextra -Wshadow -Wconversion \
            -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror -fsyntax-only "$@" "$file" || complaints=1
    done
    return $complaints
}

step format format
step tidy tidy
step cppcheck cpp_check
step shell shell
step floors scripts/check-floors.sh
step musl musl

if [ -n "$failed" ]; then
    echo "lint: failed:$failed"
    exit 1
fi
