#!/bin/sh
# Writes a training text for the demonstration: the system's C headers, joined. It takes ASCII files of at
# most 200 kB, folder by folder and sorted by name, until the next one would exceed 1.5 MB. It shortens
# blanks, because a small model would learn little else. The same machine gives the same text.
#
#   scripts/demo-corpus.sh OUT               from the usual folders of the system
#   scripts/demo-corpus.sh OUT FOLDER...     from these folders, without subfolders
set -eu
LC_ALL=C
export LC_ALL

tab=$(printf '\t')
limit=1500000
largest=200000

if [ $# -lt 1 ]; then
    echo 'usage: scripts/demo-corpus.sh OUT [FOLDER...]' >&2
    exit 2
fi
out=$1
shift

# The C library's headers may be in a folder named for the machine (Debian) or in the SDK (macOS).
if [ $# -eq 0 ]; then
    sdk=
    if command -v xcrun >/dev/null 2>&1; then
        sdk=$(xcrun --show-sdk-path 2>/dev/null || :)
    fi
    base=$sdk/usr/include
    machine=$base/$(${CC:-cc} -print-multiarch 2>/dev/null || :)
    set -- "$base" "$base/sys" "$machine/sys" "$base/bits" "$machine/bits" "$base/net" \
        "$base/netinet" "$base/arpa" "$base/linux" "$base/asm-generic" "$base/mach"
fi

# squeeze FILE: removes trailing blanks, replaces a run of blanks within a line by a space, and an
# indentation of 8 or more columns by a tab.
squeeze() {
    sed -e "s/[ $tab]*\$//" \
        -e "s/\([^ $tab]\)[ $tab][ $tab]*/\1 /g" \
        -e "s/^ *${tab}[ $tab]*/$tab/" \
        -e "s/^ \{8\}[ $tab]*/$tab/" "$1"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Two names may mean the same folder: each file is listed once.
for folder in "$@"; do
    if [ -d "$folder" ]; then
        (cd "$folder" && printf '%s\n' "$(pwd -P)")
    fi
done | awk '!seen[$0]++' | while IFS= read -r folder; do
    find "$folder" -maxdepth 1 -type f -name '*.h' | sort
done >"$work/list"

: >"$work/text"
total=0
files=0
while IFS= read -r file; do
    [ -r "$file" ] || continue
    size=$(wc -c <"$file")
    if [ "$size" -eq 0 ] || [ "$size" -gt $largest ]; then
        continue
    fi
    [ $((total + size)) -le $limit ] || break
    strange=$(tr -d '\11\12\40-\176' <"$file" | wc -c)
    [ "$strange" -eq 0 ] || continue
    squeeze "$file" >"$work/file"
    cat "$work/file" >>"$work/text"
    total=$((total + $(wc -c <"$work/file")))
    files=$((files + 1))
done <"$work/list"

if [ "$files" -eq 0 ]; then
    echo "demo-corpus: no C headers in: $*;" \
        "to install the C library's headers, run scripts/install-deps.sh" >&2
    exit 1
fi
mkdir -p "$(dirname "$out")"
cp "$work/text" "$out.part"
mv -f "$out.part" "$out"
echo "demo-corpus: $files C headers, $total bytes, in $out" >&2
