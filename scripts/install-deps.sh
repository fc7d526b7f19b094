#!/bin/sh
# Installs missing packages with the system's package manager (apt, dnf, pacman, apk or brew). Prints what it
# installs, and nothing if no package is missing.
set -eu

usage='usage: scripts/install-deps.sh [--build | --dev | --arm]

  (no option)  install what building and testing need
  --build      install what building needs
  --dev        also install the linters and other tools for developers
  --arm        also install the cross compiler and the emulator for make test-arm (Debian)

Fails only if a compiler, make, pkg-config, cJSON or Check is still missing at the end: tests that lack
other programs are skipped.'
say() {
    printf '%s\n' "install-deps: $*" >&2
}

needs='cc make pkg-config cjson zlib libzstd check libedit jq gnuplot parallel zip unzip zstd procps'
# Libraries for .gz and .zst texts and for line editing, and programs that scripts and tests use.
optional='zlib libzstd libedit jq gnuplot parallel zip unzip zstd procps musl-gcc lapacke'
case "$#:${1-}" in
0:) ;;
1:--build) needs='cc make pkg-config cjson zlib libzstd' ;;
1:--dev)
    needs="$needs gcc clang clang-format clang-tidy cppcheck shellcheck valgrind git mandoc debootstrap
        musl-gcc mpirun mpicc lapacke"
    ;;
1:--arm) needs="$needs aarch64-linux-gnu-gcc qemu-aarch64" ;;
1:-h | 1:--help)
    printf '%s\n' "$usage"
    exit 0
    ;;
*)
    printf '%s\n' "$usage" >&2
    exit 2
    ;;
esac

# have NEED: whether the machine has it, from any source.
have() {
    case "$1" in
    cc) echo '#include <stdio.h>' | ${CC:-cc} -x c -E - >/dev/null 2>&1 ;;
    cjson) "${PKG_CONFIG:-pkg-config}" --exists libcjson 2>/dev/null ;;
    zlib) "${PKG_CONFIG:-pkg-config}" --exists zlib 2>/dev/null ;;
    libzstd | libedit | lapacke) "${PKG_CONFIG:-pkg-config}" --exists "$1" 2>/dev/null ;;
    check) "${PKG_CONFIG:-pkg-config}" --exists check 2>/dev/null ;;
    pkg-config) command -v "${PKG_CONFIG:-pkg-config}" >/dev/null 2>&1 ;;
    procps) command -v ps >/dev/null 2>&1 ;;
    valgrind | debootstrap) [ "$(uname -s)" != Linux ] || command -v "$1" >/dev/null 2>&1 ;;
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

# packages_of MANAGER NEED: the packages for NEED. A need that is not in the table has the same name in all
# package managers.
packages_of() {
    case "$1:$2:$compiler" in
    apt:cc:*clang*) echo clang libc6-dev ;;
    apk:cc:*clang*) echo clang musl-dev ;;
    *:cc:*clang*) echo clang ;;
    apt:aarch64-linux-gnu-gcc:*) echo gcc-aarch64-linux-gnu ;;
    apt:qemu-aarch64:*) echo qemu-user ;;
    *)
        names=$2
        # shellcheck disable=SC2034 # the columns are read through $1
        while read -r need apt dnf pacman apk brew; do
            [ "$need" != "$2" ] || eval "names=\$$1"
        done <<'END_OF_TABLE'
cc           gcc+libc6-dev gcc                          gcc        gcc+musl-dev      gcc
gcc          gcc+libc6-dev gcc+libasan+libubsan+libtsan gcc        gcc               gcc
pkg-config   pkg-config    pkgconf-pkg-config           pkgconf    pkgconf           pkgconf
cjson        libcjson-dev  cjson-devel                  cjson      cjson-dev         cjson
zlib         zlib1g-dev    zlib-devel                   zlib       zlib-dev          zlib
libzstd      libzstd-dev   libzstd-devel                zstd       zstd-dev          zstd
libedit      libedit-dev   libedit-devel                libedit    libedit-dev       libedit
lapacke      liblapacke-dev lapack-devel                lapacke    lapack-dev        lapack
check        check         check-devel                  check      check-dev         check
gnuplot      gnuplot-nox   gnuplot                      gnuplot    gnuplot           gnuplot
procps       procps        procps-ng                    procps-ng  procps            procps
clang        clang         clang                        clang      clang             llvm
clang-format clang-format  clang-tools-extra            clang      clang-extra-tools clang-format
clang-tidy   clang-tidy    clang-tools-extra            clang      clang-extra-tools llvm
shellcheck   shellcheck    ShellCheck                   shellcheck shellcheck        shellcheck
mpirun       openmpi-bin   openmpi                      openmpi    openmpi           open-mpi
mpicc        libopenmpi-dev openmpi-devel               openmpi    openmpi-dev       open-mpi
musl-gcc     musl-tools    musl-gcc                     musl       musl-dev          musl-cross
END_OF_TABLE
        while [ "$names" != "${names%+*}" ]; do
            echo "${names%%+*}"
            names=${names#*+}
        done
        echo "$names"
        ;;
    esac
}

# The package of any other compiler is not known.
compiler=${CC:-cc}
case "$compiler" in
cc | gcc | clang) ;;
*)
    if ! command -v "${compiler%% *}" >/dev/null 2>&1; then
        say "cannot find the compiler '$compiler' (CC); nothing was installed"
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
    say "missing: ${missing% }; found none of apt, dnf, pacman, apk and brew: install them by hand"
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
        say "missing packages: $packages; installing them needs root, and sudo is missing:" \
            "install them as root, then try again"
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
        say "apt-get update failed; trying the existing package lists"
    $root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 \
        -o Dpkg::Use-Pty=0 install -y --no-install-recommends $packages >/dev/null
    ;;
dnf) $root dnf -q -y install $packages >&2 ;;
pacman) $root pacman -Sy --needed --noconfirm $packages >&2 ;;
apk) $root apk add --no-cache $packages >&2 ;;
brew) brew install $packages >&2 ;;
esac || {
    say "$manager failed to install: $packages"
    [ -z "$(missing_required)" ] || exit 1
}

missing=$(missing_required)
if [ -n "$missing" ]; then
    say "still missing: ${missing% }; install them by hand"
    exit 1
fi
