#!/bin/sh
# Downloads a public corpus and checks its SHA-256. Writes the complete file or nothing.
#
#   data/get.sh NAME            to data/NAME/input.txt, for `charnn train --data-dir data/NAME`
#   data/get.sh NAME FOLDER     to FOLDER/NAME/input.txt
#   data/get.sh --list          prints the names
#
# data/corpora.txt lists the corpora; data/README.md describes them.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
table=$here/corpora.txt

fail() {
    printf '%s\n' "get.sh: $*" >&2
    exit 1
}

names() {
    awk '!/^#/ && NF { print $1 }' "$table"
}

misuse() {
    printf '%s\n' "get.sh: $*" 'usage: data/get.sh NAME [FOLDER] | --list' >&2
    exit 2
}

sha256_of() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum <"$1" | cut -d' ' -f1
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 256 <"$1" | cut -d' ' -f1
    else
        fail "cannot check the text: neither sha256sum nor shasum is installed; install coreutils"
    fi
}

# check_sha256 FILE WHAT
check_sha256() {
    found=$(sha256_of "$1")
    [ "$found" = "$sha256" ] ||
        fail "$2 has SHA-256 $found, expected $sha256; nothing was written. Its owner may have" \
            "changed it, or the download is damaged"
}

# fetch URL FILE
fetch() {
    printf '%s\n' "get.sh: fetching $1" >&2
    if command -v curl >/dev/null 2>&1; then
        curl --fail --silent --show-error --location --connect-timeout 20 -o "$2" "$1" >&2
    elif command -v wget >/dev/null 2>&1; then
        wget --no-verbose --timeout=20 --tries=1 -O "$2" "$1" >&2
    else
        fail "cannot download: neither curl nor wget is installed; install one of them"
    fi
}

# fetch_any FILE ADVICE URL...
fetch_any() {
    output=$1 advice=$2
    shift 2
    for url in "$@"; do
        fetch "$url" "$output" && return 0
    done
    fail "cannot download $name from $*; check the network connection. $advice"
}

get_url() {
    fetch_any "$work/text" \
        "Or put a copy with SHA-256 $sha256 at $target" "$@"
    check_sha256 "$work/text" "the file from $url"
}

get_zip() {
    member=$1
    shift
    command -v unzip >/dev/null 2>&1 || fail "$name is in a zip archive; install unzip"
    fetch_any "$work/archive.zip" \
        "Or unpack a copy with SHA-256 $sha256: \`mkdir -p $folder; unzip -p COPY" \
        "$member >$target\`" "$@"
    check_sha256 "$work/archive.zip" "the file from $url"
    unzip -p "$work/archive.zip" "$member" >"$work/text" ||
        fail "cannot unpack $member from the archive from $url"
}

# Unpacks the packages in a temporary folder; installs nothing.
get_debian() {
    if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
        fail "$name is in the Debian packages $*, which need apt-get; canterbury-bible is another" \
            "edition without it"
    fi
    sandbox=
    [ "$(id -u)" -ne 0 ] || sandbox='-o APT::Sandbox::User=root'
    printf '%s\n' "get.sh: fetching the Debian packages $*" >&2
    # $sandbox is empty or two words.
    # shellcheck disable=SC2086
    (cd "$work" && apt-get -qq $sandbox download "$@" >&2) ||
        fail "apt-get cannot download $*; check the network connection, or run \`apt-get update\` first"
    for package in "$work"/*.deb; do
        dpkg-deb -x "$package" "$work/root" || fail "cannot unpack $package"
    done
    # The program prints a verse per line, after its reference and a space.
    (cd "$work/root" && ./usr/bin/bible -p usr/lib -f 'gen1:1-rev22:21') >"$work/verses" ||
        fail "the program of the package $1 does not run; install it with its libraries" \
            "(\`apt-get install $1\`) and try again"
    sed 's/^[^ ]* //' "$work/verses" >"$work/text"
    check_sha256 "$work/text" "the text in the Debian packages $*"
}

case "$#:${1-}" in
1:--list)
    names
    exit 0
    ;;
1:-h | 1:--help)
    sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
0: | *:-*) misuse "NAME is missing; the names are: $(names | tr '\n' ' ')" ;;
1:* | 2:*) ;;
*) misuse "too many arguments" ;;
esac

name=$1
case "$name" in tinyshakespeare) key=tiny-shakespeare ;; *) key=$name ;; esac
row=$(awk -v name="$key" '$1 == name' "$table")
[ -n "$row" ] || misuse "unknown corpus '$name'; the names are: $(names | tr '\n' ' ')"
target=${2:-$here}/$name/input.txt

# The columns of corpora.txt hold no spaces.
# shellcheck disable=SC2086
set -- $row
bytes=$2 sha256=$3 how=$4
shift 4

if [ -f "$target" ] && [ "$how" != zip ] && [ "$(sha256_of "$target")" = "$sha256" ]; then
    printf '%s\n' "get.sh: $target already exists and is complete" >&2
    exit 0
fi

folder=$(dirname "$target")
mkdir -p "$folder" || fail "cannot create the folder $folder"
work=$(mktemp -d "$folder/.get.XXXXXX") || fail "cannot write to the folder $folder"
trap 'rm -rf "$work"; rmdir "$folder" 2>/dev/null || :' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

"get_$how" "$@"
size=$(wc -c <"$work/text" | tr -d ' ')
[ "$size" -eq "$bytes" ] || fail "the text has $size bytes instead of $bytes; nothing was written"
mv -f "$work/text" "$target"
printf '%s\n' "get.sh: $target: $size bytes, SHA-256 $(sha256_of "$target")" >&2
