#!/bin/sh
# Checks the order of src/. A file includes only headers of lower floors or of its own folder, and the
# files of a folder use each other in one direction: no circle. Prints each include that breaks this;
# if none does, prints the files of each folder from the lowest to the highest.
#
#   scripts/check-floors.sh
set -eu
cd "$(dirname "$0")/.."

# Lowest first. train is above infer because a validation is an evaluation. cli/train and cli/eval are above
# cli/sample because train prints samples and eval shares sample's copy check; cli/inspect reads its text as eval does
# and takes its axes from cli/plot.
floors='base base/files base/machine ranks kernels text/files text nn/cells nn checkpoint infer infer/inside train train/start
    cli/terminal cli/options cli/page cli/completion cli/manual cli/sample cli/eval cli/plot cli/inspect cli/info cli/convert cli/train/log cli/train cli'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Lines "FILE LINE HEADER". A .c file and its header count as one file; main.c belongs to cli.
find src -name '*.[ch]' | LC_ALL=C sort | xargs grep -n '^#include "' /dev/null |
    sed 's/^src\/main\.c/src\/cli\/main.c/; s/^src\/\([^:]*\):\([0-9]*\):#include "\(.*\)".*/\1 \2 \3/' >"$work/includes"

awk -v floors="$floors" '
    function room(path) { sub(/\/[^\/]*$/, "", path); return path }
    BEGIN { count = split(floors, names, " "); for (i = 1; i <= count; i++) floor[names[i]] = i }
    {
        own = room($1); other = room($3)
        if (!(own in floor)) { bad = 1; print "src/" $1 ": the folder " own " has no floor" }
        else if (!(other in floor)) { bad = 1; print "src/" $1 ":" $2 ": \"" $3 "\" has no floor" }
        else if (own != other && floor[other] > floor[own]) {
            bad = 1
            print "src/" $1 ":" $2 ": " own " must not include \"" $3 "\", which is on a higher floor"
        }
    }
    END { exit bad }' "$work/includes" || exit 1

# tsort prints the files of a circle. A pair with the same name twice only adds the file.
awk '{ sub(/\.[ch]$/, "", $1); sub(/\.h$/, "", $3); print $3, $1; print $1, $1 }' "$work/includes" |
    LC_ALL=C sort -u >"$work/pairs"
if ! tsort "$work/pairs" >"$work/order" 2>"$work/circle"; then
    echo 'these files include each other in a circle:'
    sed 's/^tsort: *//; /: input contains a loop/d; s/^/    /' "$work/circle"
    exit 1
fi
for floor in $floors; do
    echo "$floor: $(sed -n "s|^$floor/\([^/]*\)\$|\1|p" "$work/order" | tr '\n' ' ')"
done
