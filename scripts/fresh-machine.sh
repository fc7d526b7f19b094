#!/bin/sh
# Runs make on a fresh machine: a minimal Debian system in a temporary folder with a clean clone of HEAD and
# only the packages that README.md asks for. It shares the processor, the kernel and the network with this
# machine, nothing else.
# See `scripts/fresh-machine.sh --help`.
set -eu

usage='usage: scripts/fresh-machine.sh [OPTION]... TARGET...

Runs make in a minimal Debian system. TARGETs may include variables of make (NAME=VALUE). Needs Linux,
root, debootstrap, git and unshare.

  --release NAME  the Debian release, bookworm or trixie (default: bookworm)
  --user          run make as an ordinary user without sudo, after scripts/install-deps.sh as root
  --busybox       put the tools of BusyBox before those of Debian
  -h, --help      show this help'
release=bookworm
user=
busybox=
while [ $# -gt 0 ]; do
    case "$1" in
    --release)
        release=${2-}
        shift
        ;;
    --user) user=yes ;;
    --busybox) busybox=yes ;;
    -h | --help)
        printf '%s\n' "$usage"
        exit 0
        ;;
    *) break ;;
    esac
    shift
done
case "$release:${1-}" in
bookworm:-* | trixie:-* | bookworm: | trixie:)
    printf '%s\n' "$usage" >&2
    exit 2
    ;;
bookworm:* | trixie:*) ;;
*)
    printf '%s\n' "fresh-machine: unknown release '$release'; use bookworm or trixie" "$usage" >&2
    exit 2
    ;;
esac
fail() {
    printf 'fresh-machine: %s\n' "$*" >&2
    exit 1
}

# In namespaces of their own, all mounts and processes in the new root end with this script.
if [ -z "${FRESH_INSIDE-}" ]; then
    cd "$(dirname "$0")/.."
    missing=
    for program in debootstrap git unshare; do
        command -v $program >/dev/null 2>&1 || missing="$missing $program"
    done
    [ -z "$missing" ] || fail "missing programs:$missing; on Debian: apt-get install debootstrap git util-linux"
    [ "$(id -u)" -eq 0 ] || fail 'needs root'
    work=$(mktemp -d "${TMPDIR:-/tmp}/charnn-fresh-XXXXXX")
    trap 'rm -rf --one-file-system "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    status=0
    FRESH_INSIDE=$work unshare --mount --pid --fork --kill-child \
        sh scripts/fresh-machine.sh --release "$release" ${user:+--user} \
        ${busybox:+--busybox} "$@" || status=$?
    exit $status
fi

root=$FRESH_INSIDE/root
log=$FRESH_INSIDE/log
quietly() {
    "$@" >"$log" 2>&1 || {
        tail -n 30 "$log" >&2
        fail "failed: $*"
    }
}
started=$(date +%s)
say() {
    printf 'fresh-machine: %s s: %s\n' $(($(date +%s) - started)) "$*"
}

say "installing a minimal Debian, $release"
quietly debootstrap --variant=minbase "$release" "$root"
cp /etc/resolv.conf "$root/etc/resolv.conf"
quietly git clone --quiet --no-hardlinks . "$root/charnn"

# The devices of every Linux machine.
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 dev "$root/dev"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/zero" c 1 5
mknod -m 666 "$root/dev/full" c 1 7
mknod -m 666 "$root/dev/random" c 1 8
mknod -m 666 "$root/dev/urandom" c 1 9
mknod -m 666 "$root/dev/tty" c 5 0
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"

# inside USER COMMAND...: runs a command in the clone, in the environment of a fresh login.
inside() {
    owner=$1
    shift
    home=/root
    [ "$owner" = root ] || home=/home/$owner
    chroot "$root" /usr/bin/setpriv --reuid "$owner" --regid "$owner" --init-groups --reset-env \
        /usr/bin/env -C /charnn -i HOME="$home" USER="$owner" LOGNAME="$owner" SHELL=/bin/bash TERM="${TERM:-dumb}" \
        PATH="$tools"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
tools= # folders before the usual ones, each with a colon

# The first command of README.md, without its sudo.
first=$(sed -n 's/^    sudo \(apt-get install .*\)$/\1/p' README.md | head -n 1)
[ -n "$first" ] || fail 'README.md has no line "sudo apt-get install ..."'
say "$first"
quietly inside root apt-get -qq update
# $first is a command line of words.
# shellcheck disable=SC2086
quietly inside root env DEBIAN_FRONTEND=noninteractive ${first%%install*}-y install ${first#*install}

who=root
if [ -n "$user" ]; then
    who=newcomer
    say 'scripts/install-deps.sh as root, then an ordinary user'
    quietly inside root scripts/install-deps.sh
    quietly chroot "$root" useradd --create-home --user-group --shell /bin/bash "$who"
    quietly chroot "$root" chown -R "$who:$who" /charnn
fi
if [ -n "$busybox" ]; then
    say "BusyBox"
    quietly inside root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y install busybox
    mkdir "$root/busybox"
    quietly inside root busybox --install -s /busybox
    tools=/busybox:
fi
say "make $*"
status=0
inside "$who" make "$@" || status=$?
say "make $*: exit status $status"
exit $status
