#!/bin/sh
# Runs the shell tests: the functions test_* of all *.test.sh files in this folder, each in a process and an
# empty folder of its own. Prints failed and skipped cases, and the counts. lib.sh has helpers for cases.
#
#   CHARNN=path/to/charnn tests/cli/run.sh [PATTERN]
#
# PATTERN limits the run to cases whose "file:case" contains it. Environment: COUNTS, a file for the numbers
# of passed, failed and skipped cases; CLAIMS, a folder that parallel runs share, so that each case runs
# once; FAULTY, the program with fault injection; CASE_SECONDS, the time limit of a case (1800).
# Internal use: run.sh --case FILE FUNCTION runs one case in the current folder.
set -eu

unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
if [ "${1-}" = --case ]; then
    # shellcheck source=tests/cli/lib.sh
    . "$here/lib.sh"
    # shellcheck disable=SC1090 # the file is one of many
    . "$2"
    "$3"
    exit 0
fi
# shellcheck source=tests/environment.sh
. "$here/../environment.sh"
ROOT=$(cd "$here/../.." && pwd)
pattern=${1-}
CHARNN=${CHARNN:-charnn}
case "$CHARNN" in /*) ;; *) CHARNN=$PWD/$CHARNN ;; esac
case "${FAULTY-}" in '' | /*) ;; *) FAULTY=$PWD/$FAULTY ;; esac
if [ ! -x "$CHARNN" ]; then
    echo "run.sh: cannot find the program $CHARNN; run make first" >&2
    exit 1
fi

# Folders have a space in their names, so that every path in the tests has one.
base=$(mktemp -d)
trap 'chmod -R u+rwx "$base"; rm -rf "$base"' EXIT
running=
# Ends the running case with all its processes.
end_case() {
    [ -z "$running" ] || kill -- "-$running" 2>/dev/null || kill "$running" 2>/dev/null || :
    wait
}
trap 'end_case; exit 130' INT
trap 'end_case; exit 143' TERM HUP
SHARED="$base/shared files"
mkdir "$SHARED"
export ROOT CHARNN SHARED

# Each case gets a process group of its own and a time limit.
limit=${CASE_SECONDS:-1800}
guard=
[ -z "$TIMEOUT" ] || guard="timeout -k 10 $limit"
! command -v setsid >/dev/null 2>&1 || guard="setsid $guard"

passed=0
failed=0
skipped=0
number=0
for file in "$here"/*.test.sh; do
    name=$(basename "$file" .test.sh)
    sed -n 's/^\(test_[a-z0-9_]*\)() {$/\1/p' "$file" >"$base/cases"
    while read -r function; do
        case "$name:$function" in *"$pattern"*) ;; *) continue ;; esac
        if [ -n "${CLAIMS-}" ] && ! mkdir "$CLAIMS/$name:$function" 2>/dev/null; then
            [ -d "$CLAIMS/$name:$function" ] || exit 1
            continue
        fi
        number=$((number + 1))
        folder="$base/case $number"
        mkdir "$folder"
        status=0
        # shellcheck disable=SC2086 # a command and its arguments, or nothing
        (cd "$folder" && exec $guard sh "$here/run.sh" --case "$file" "$function") \
            >"$base/report" 2>&1 </dev/null &
        running=$!
        wait $running || status=$?
        # What a failed case left running would write into its folder while that is removed.
        kill -s KILL -- "-$running" 2>/dev/null || :
        running=
        case "$status" in
        0) passed=$((passed + 1)) ;;
        77)
            skipped=$((skipped + 1))
            echo "skipped: $name: $function: $(tail -n 1 "$base/report")"
            ;;
        *)
            [ "$status" -ne 124 ] || echo "timeout after $limit s" >>"$base/report"
            failed=$((failed + 1))
            echo "FAILED: $name: $function"
            sed 's/^/    /' "$base/report"
            ;;
        esac
        if ! { chmod -R u+rwx "$folder" && rm -rf "$folder"; }; then
            echo "run.sh: $name: $function left files that cannot be removed yet"
        fi
    done <"$base/cases"
done

if [ -n "${COUNTS-}" ]; then
    echo "$passed $failed $skipped" >"$COUNTS"
fi
[ -n "${CLAIMS-}" ] || echo "shell tests: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
