#!/bin/sh
# Builds the program and its tests for 64-bit ARM and runs them in an emulator.
# See `scripts/test-arm.sh --help`.
set -eu

usage='usage: scripts/test-arm.sh FOLDER

Builds the program and its tests for 64-bit ARM with the cross compiler and the arm64 libraries of Debian, which
are unpacked in FOLDER. Then runs the tests in the emulator qemu-aarch64. The last line is "N passed, N failed".
FOLDER is relative to the top of the project.

Environment: SUITES, SHELL_TESTS and LANES, as for scripts/test.sh, but SHELL_TESTS is same_bits if it is unset;
SET_UP=no installs no missing packages.'
case "$#:${1-}" in
1:-h | 1:--help)
    printf '%s\n' "$usage"
    exit 0
    ;;
1:[!-]*) build=$1 ;;
*)
    printf '%s\n' "$usage" >&2
    exit 2
    ;;
esac
fail() {
    printf 'test-arm: %s\n' "$*" >&2
    exit 1
}
cd "$(dirname "$0")/.."

grep -qx ID=debian /etc/os-release 2>/dev/null ||
    fail 'needs the cross compiler, libraries and emulator of Debian; on an ARM machine, use make test'
[ "${SET_UP-yes}" = no ] || scripts/install-deps.sh --arm
for program in aarch64-linux-gnu-gcc qemu-aarch64; do
    command -v $program >/dev/null 2>&1 ||
        fail "missing: $program; to install it, run scripts/install-deps.sh --arm"
done

mkdir -p "$build"
here=$(cd "$build" && pwd)

# apt-get for arm64, with lists, packages and a record of what is installed in $here/apt. It changes nothing in
# this system and needs no root.
apt_get() {
    apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Sandbox::User= \
        -o Dir::State="$here/apt" -o Dir::State::status="$here/apt/status" -o Dir::Cache="$here/apt" "$@"
}

# get PACKAGE...: unpacks packages, and those they depend on, into $here/root.
get() {
    set -e
    rm -rf "$here/apt" "$here/root.part"
    mkdir -p "$here/apt/lists/partial" "$here/apt/archives/partial" "$here/root.part/usr/lib"
    : >"$here/apt/status"
    ln -s usr/lib "$here/root.part/lib" # as on a Debian system
    apt_get update
    apt_get -y --no-install-recommends --download-only install "$@"
    for package in "$here"/apt/archives/*.deb; do
        dpkg -x "$package" "$here/root.part"
    done
    find "$here/root.part" -type l -lname '/*' | while read -r link; do
        ln -snfr "$here/root.part$(readlink "$link")" "$link"
    done
    rm -rf "$here/apt"
    mv "$here/root.part" "$here/root"
}
if [ ! -d "$here/root" ]; then
    echo 'test-arm: getting the libraries for arm64'
    (get libc6-dev check libcjson-dev zlib1g-dev libzstd-dev libedit-dev) >"$here/get.log" 2>&1 &
    wait $! || {
        tail -n 30 "$here/get.log" >&2
        fail 'apt-get could not get the libraries for arm64'
    }
fi

# Variables on the command line of a make that runs this script are those of builds for this machine.
env -u MAKEFLAGS -u MFLAGS PKG_CONFIG_SYSROOT_DIR="$build/root" \
    PKG_CONFIG_LIBDIR="$build/root/usr/lib/aarch64-linux-gnu/pkgconfig" \
    make --no-print-directory "-j$(nproc)" BUILD="$build/build" SET_UP=no WERROR=1 \
    CC="aarch64-linux-gnu-gcc --sysroot=$build/root" all unit

# Scripts that start the programs in the emulator, with the libraries in $here/root.
run=$build/run
for program in charnn tests/unit tests/faulty/charnn; do
    mkdir -p "$(dirname "$run/$program")"
    printf '#!/bin/sh\nexec qemu-aarch64 -L "%s" "%s" "$@"\n' "$here/root" "$here/build/$program" >"$run/$program"
    chmod +x "$run/$program"
done
SHELL_TESTS=${SHELL_TESTS-same_bits} BUILD=$run PROGRAM=$run/charnn FAULTY=$run/tests/faulty/charnn \
    scripts/test.sh "$run/tests/unit" "$run/charnn"
