#!/bin/sh
# Checks the order of floors in src/: a file includes only headers of lower floors or of its own
# folder. On the fifth floor, training stands on inference, since validation is an evaluation.
# Prints each include that is out of order.
#
#   scripts/check-floors.sh
set -eu
cd "$(dirname "$0")/.."

find src -name '*.[ch]' | LC_ALL=C sort | xargs grep -n '^#include "' /dev/null | awk -F '[:"]' '
    BEGIN {
        split("base=0 kernels=1 text=2 nn=3 checkpoint=4 infer=5 train=5.5 cli=6", rows, " ")
        for (i in rows) { split(rows[i], row, "="); floor[row[1]] = row[2] }
    }
    {
        count = split($1, path, "/")
        own = count == 2 ? "cli" : path[2]
        split($4, header, "/")
        other = header[1]
        if (!(own in floor)) { bad = 1; print $1 ": the folder " own " has no floor" }
        else if (!(other in floor)) { bad = 1; print $1 ":" $2 ": \"" $4 "\" has no floor" }
        else if (own != other && floor[other] >= floor[own]) {
            bad = 1
            print $1 ":" $2 ": " own " (floor " floor[own] ") must not include \"" $4 "\" (floor " floor[other] ")"
        }
    }
    END { exit bad }'
