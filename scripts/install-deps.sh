#!/bin/sh
# Installs what is missing to build and test charnn, with the system's package manager (apt, dnf, pacman,
# apk or brew). Says what it installs, and nothing if all is there.
#
#   scripts/install-deps.sh           to build and test
#   scripts/install-deps.sh --build   to build
#   scripts/install-deps.sh --dev     to build and test, and the linters and tools of a developer
#
# Tests whose programs are missing are skipped, so a lack of optional things is told but is no failure.
set -eu

usage='usage: scripts/install-deps.sh [--build | --dev]'
say() {
    printf '%s\n' "install-deps: $*" >&2
}

needs='cc make pkg-config cjson zlib libzstd check libedit jq gnuplot parallel zip unzip zstd procps'
# Libraries for texts in .gz and .zst and for editing lines, and the programs of some scripts.
optional='zlib libzstd libedit jq gnuplot parallel zip unzip zstd procps'
case "$#:${1-}" in
0:) ;;
1:--build) needs='cc make pkg-config cjson zlib libzstd' ;;
1:--dev)
    needs="$needs gcc clang clang-format clang-tidy cppcheck shellcheck valgrind git mandoc debootstrap
        busybox"
    ;;
1:-h | 1:--help)
    printf '%s\n' "$usage"
    exit 0
    ;;
*)
    printf '%s\n' "$usage" >&2
    exit 2
    ;;
esac

# True where the machine has what NEED stands for, however it got there.
have() {
    case "$1" in
    cc) echo '#include <stdio.h>' | ${CC:-cc} -x c -E - >/dev/null 2>&1 ;;
    cjson) "${PKG_CONFIG:-pkg-config}" --exists libcjson 2>/dev/null ;;
    zlib) "${PKG_CONFIG:-pkg-config}" --exists zlib 2>/dev/null ;;
    libzstd | libedit) "${PKG_CONFIG:-pkg-config}" --exists "$1" 2>/dev/null ;;
    check) "${PKG_CONFIG:-pkg-config}" --exists check 2>/dev/null ;;
    pkg-config) command -v "${PKG_CONFIG:-pkg-config}" >/dev/null 2>&1 ;;
    procps) command -v ps >/dev/null 2>&1 ;;
    valgrind | debootstrap | busybox) [ "$(uname -s)" != Linux ] || command -v "$1" >/dev/null 2>&1 ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

missing_needs() {
    for need in $needs; do
        have "$need" || printf '%s ' "$need"
    done
}

missing_required() {
    for need in $(missing_needs); do
        case " $optional " in *" $need "*) ;; *) printf '%s ' "$need" ;; esac
    done
}

# The packages that bring NEED, as the package manager MANAGER calls them.
packages_of() {
    case "$1:$2" in
    *:cc)
        package=gcc
        case "$compiler" in *clang*) package=clang ;; esac
        case "$1" in
        apt) echo "$package libc6-dev" ;;
        apk) echo "$package musl-dev" ;;
        *) echo "$package" ;;
        esac
        ;;
    apt:gcc) echo gcc libc6-dev ;;
    dnf:gcc) echo gcc libasan libubsan libtsan ;;
    dnf:pkg-config) echo pkgconf-pkg-config ;;
    pacman:pkg-config | apk:pkg-config | brew:pkg-config) echo pkgconf ;;
    apt:gnuplot) echo gnuplot-nox ;;
    dnf:procps | pacman:procps) echo procps-ng ;;
    apt:cjson) echo libcjson-dev ;;
    dnf:cjson) echo cjson-devel ;;
    apk:cjson) echo cjson-dev ;;
    apt:zlib) echo zlib1g-dev ;;
    dnf:zlib) echo zlib-devel ;;
    apk:zlib) echo zlib-dev ;;
    apt:libzstd) echo libzstd-dev ;;
    dnf:libzstd) echo libzstd-devel ;;
    pacman:libzstd | brew:libzstd) echo zstd ;;
    apk:libzstd) echo zstd-dev ;;
    apt:libedit | apk:libedit) echo libedit-dev ;;
    dnf:libedit) echo libedit-devel ;;
    dnf:check) echo check-devel ;;
    apk:check) echo check-dev ;;
    brew:clang | brew:clang-tidy) echo llvm ;;
    dnf:clang-format | dnf:clang-tidy) echo clang-tools-extra ;;
    pacman:clang-format | pacman:clang-tidy) echo clang ;;
    apk:clang-format | apk:clang-tidy) echo clang-extra-tools ;;
    dnf:shellcheck) echo ShellCheck ;;
    *) echo "$2" ;;
    esac
}

# A compiler of any other name is the caller's own, and a package of it cannot be guessed.
compiler=${CC:-cc}
case "$compiler" in
cc | gcc | clang) ;;
*)
    if ! command -v "${compiler%% *}" >/dev/null 2>&1; then
        say "the compiler '$compiler' (CC) was not found; nothing was installed"
        exit 1
    fi
    ;;
esac

missing=$(missing_needs)
[ -n "$missing" ] || exit 0

manager=
for candidate in apt-get:apt dnf:dnf pacman:pacman apk:apk brew:brew; do
    if command -v "${candidate%:*}" >/dev/null 2>&1; then
        manager=${candidate#*:}
        break
    fi
done
if [ -z "$manager" ]; then
    say "missing: ${missing% }; no package manager that is known here (apt, dnf, pacman, apk, brew)" \
        "was found, so install them by hand"
    exit 1
fi

packages=
for need in $missing; do
    for package in $(packages_of "$manager" "$need"); do
        case " $packages " in
        *" $package "*) ;;
        *) packages="${packages:+$packages }$package" ;;
        esac
    done
done

root=
if [ "$manager" != brew ] && [ "$(id -u)" -ne 0 ]; then
    root=sudo
    if ! command -v sudo >/dev/null 2>&1; then
        say "these packages are missing: $packages; installing them needs root, and there is no" \
            "sudo: install them as root, then try again"
        [ -z "$(missing_required)" ] || exit 1
        exit 0
    fi
fi

say "installing with $manager${root:+ (through sudo)}, which may take a minute: $packages"
# $packages is a list of words, and $root is empty or one word.
# shellcheck disable=SC2086
case "$manager" in
apt)
    $root apt-get -qq -o DPkg::Lock::Timeout=120 update >/dev/null ||
        say "apt-get update failed; trying with the package lists that are there"
    $root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 \
        -o Dpkg::Use-Pty=0 install -y --no-install-recommends $packages >/dev/null
    ;;
dnf) $root dnf -q -y install $packages >&2 ;;
pacman) $root pacman -Sy --needed --noconfirm $packages >&2 ;;
apk) $root apk add --no-cache $packages >&2 ;;
brew) brew install $packages >&2 ;;
esac || {
    say "$manager could not install: $packages; its message above says why"
    [ -z "$(missing_required)" ] || exit 1
}

missing=$(missing_required)
if [ -n "$missing" ]; then
    say "still missing after the installation: ${missing% }; install them by hand"
    exit 1
fi
