#!/bin/sh
# Gathers C headers of the system into one text to learn from: whole files of plain ASCII, none of
# them so large that it would stand out, folder after folder, by name within a folder, until the
# next one would exceed 1.5 MB. Blanks by which headers align what they say become one each, else a
# small model learns mostly them. The same machine gives the same text.
#
#   scripts/demo-corpus.sh OUT               from the system's usual folders
#   scripts/demo-corpus.sh OUT FOLDER...     from these folders (not from their sub-folders)
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

# Where the C library keeps its headers: also below a folder named for the machine (Debian), or
# below the SDK (macOS).
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

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Each file once, although two folders may be the same one.
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
    sed "s/\([^ $tab]\)[ $tab][ $tab]*/\1 /g" "$file" >"$work/file"
    cat "$work/file" >>"$work/text"
    total=$((total + $(wc -c <"$work/file")))
    files=$((files + 1))
done <"$work/list"

if [ "$files" -eq 0 ]; then
    echo "demo-corpus: no C headers were found in these folders: $*;" \
        "install the C library's headers (scripts/install-deps.sh does)" >&2
    exit 1
fi
mkdir -p "$(dirname "$out")"
cp "$work/text" "$out.part"
mv -f "$out.part" "$out"
echo "demo-corpus: $files C headers, $total bytes, in $out" >&2
