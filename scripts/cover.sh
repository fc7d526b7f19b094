#!/bin/sh
# Prints the line coverage of each file of src/ and of all files, after the tests of a build with gcc's
# --coverage have run. If a file is compiled several times, its best compilation counts.
#
#   scripts/cover.sh BUILD
set -eu

if [ $# -ne 1 ]; then
    echo 'usage: scripts/cover.sh BUILD' >&2
    exit 2
fi

find "$1/src" -name '*.gcda' | LC_ALL=C sort | while IFS= read -r data; do
    gcov --no-output --object-file "$data" "$data" 2>/dev/null
done | awk '
    /^File / { file = $2; gsub(/\047/, "", file) }
    /^Lines executed:/ && file ~ /^src\// {
        sub(/^Lines executed:/, ""); split($0, part, "% of ")
        reached = part[1] * part[2] / 100
        if (!(file in lines) || reached > hit[file]) { hit[file] = reached; lines[file] = part[2] }
        file = ""
    }
    END {
        for (file in lines) {
            printf "%6.1f%%  %s\n", 100 * hit[file] / lines[file], file | "LC_ALL=C sort -k 2"
            all_hit += hit[file]; all_lines += lines[file]
        }
        close("LC_ALL=C sort -k 2")
        if (all_lines == 0) { print "cover: no coverage data found"; exit 1 }
        printf "%6.1f%%  of %d lines in all\n", 100 * all_hit / all_lines, all_lines
    }'
