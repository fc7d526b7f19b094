#!/bin/sh
# Fetches a named public corpus into a folder of that name beside this script, as NAME/input.txt,
# and checks its SHA-256. Leaves the old file or the complete new one, never a part.
#
#   data/get.sh NAME            data/NAME/input.txt, ready for `charnn train --data-dir data/NAME`
#   data/get.sh NAME FOLDER     FOLDER/NAME/input.txt
#   data/get.sh --list          the names
#
# corpora.txt beside this script says what is known; README.md there says more.
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
        fail "neither sha256sum nor shasum is installed, so the text cannot be checked;" \
            "install coreutils"
    fi
}

# check_sha256 FILE WHAT
check_sha256() {
    found=$(sha256_of "$1")
    [ "$found" = "$sha256" ] ||
        fail "$2 is not the text that was expected: SHA-256 $found instead of $sha256;" \
            "nothing was written. Its owner may have changed it, or the transfer was damaged"
}

# fetch URL FILE
fetch() {
    printf '%s\n' "get.sh: fetching $1" >&2
    if command -v curl >/dev/null 2>&1; then
        curl --fail --silent --show-error --location --connect-timeout 20 -o "$2" "$1" >&2
    elif command -v wget >/dev/null 2>&1; then
        wget --no-verbose --timeout=20 --tries=1 -O "$2" "$1" >&2
    else
        fail "neither curl nor wget is installed, so nothing can be fetched; install one of them"
    fi
}

# fetch_any FILE ADVICE URL...
fetch_any() {
    output=$1 advice=$2
    shift 2
    for url in "$@"; do
        fetch "$url" "$output" && return 0
    done
    fail "$name could not be fetched from $*; is there a network connection? $advice"
}

get_url() {
    fetch_any "$work/text" \
        "A copy from elsewhere does as well, as $target, if its SHA-256 is $sha256" "$@"
    check_sha256 "$work/text" "what came from $url"
}

get_zip() {
    member=$1
    shift
    command -v unzip >/dev/null 2>&1 || fail "$name comes in a zip archive: install unzip"
    fetch_any "$work/archive.zip" \
        "From a copy with the SHA-256 $sha256, \`mkdir -p $folder; unzip -p COPY" \
        "$member >$target\` does the same" "$@"
    check_sha256 "$work/archive.zip" "what came from $url"
    unzip -p "$work/archive.zip" "$member" >"$work/text" ||
        fail "$member could not be taken out of the archive from $url"
}

# The packages are unpacked beside each other in a temporary folder; nothing is installed.
get_debian() {
    if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
        fail "$name comes from the Debian packages $*, and this system has no apt-get;" \
            "canterbury-bible is another edition of it that needs none"
    fi
    sandbox=
    [ "$(id -u)" -ne 0 ] || sandbox='-o APT::Sandbox::User=root'
    printf '%s\n' "get.sh: fetching the Debian packages $*" >&2
    # $sandbox is empty or two words.
    # shellcheck disable=SC2086
    (cd "$work" && apt-get -qq $sandbox download "$@" >&2) ||
        fail "apt-get could not download $*; is there a network connection, and did" \
            "\`apt-get update\` run on this machine before?"
    for package in "$work"/*.deb; do
        dpkg-deb -x "$package" "$work/root" || fail "$package could not be unpacked"
    done
    # One verse a line, each behind its reference and a space.
    (cd "$work/root" && ./usr/bin/bible -p usr/lib -f 'gen1:1-rev22:21') >"$work/verses" ||
        fail "the program bible of the package $1 does not run here; install it with" \
            "\`apt-get install $1\`, which brings the libraries that it needs, and try again"
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
0: | *:-*) misuse "one of these names is needed: $(names | tr '\n' ' ')" ;;
1:* | 2:*) ;;
*) misuse "too many arguments" ;;
esac

name=$1
case "$name" in tinyshakespeare) key=tiny-shakespeare ;; *) key=$name ;; esac
row=$(awk -v name="$key" '$1 == name' "$table")
[ -n "$row" ] || misuse "no corpus is called '$name'; the names are: $(names | tr '\n' ' ')"
target=${2:-$here}/$name/input.txt

# The columns of corpora.txt hold no spaces.
# shellcheck disable=SC2086
set -- $row
bytes=$2 sha256=$3 how=$4
shift 4

if [ -f "$target" ] && [ "$how" != zip ] && [ "$(sha256_of "$target")" = "$sha256" ]; then
    printf '%s\n' "get.sh: $target is there already, and is complete" >&2
    exit 0
fi

folder=$(dirname "$target")
mkdir -p "$folder" || fail "the folder $folder cannot be made"
work=$(mktemp -d "$folder/.get.XXXXXX") || fail "the folder $folder cannot be written to"
trap 'rm -rf "$work"; rmdir "$folder" 2>/dev/null || :' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

"get_$how" "$@"
size=$(wc -c <"$work/text" | tr -d ' ')
[ "$size" -eq "$bytes" ] || fail "the text has $size bytes instead of $bytes; nothing was written"
mv -f "$work/text" "$target"
printf '%s\n' "get.sh: $target: $size bytes, SHA-256 $(sha256_of "$target")" >&2
