#!/bin/sh
# Runs the shell tests: every function test_* of every *.test.sh beside this script, each in a
# subshell and an empty folder of its own. Prints the cases that fail or are skipped, and a count.
#
#   CHARNN=path/to/charnn tests/cli/run.sh [PATTERN]
#
# PATTERN limits the run to the cases whose "file:case" contains it. COUNTS, where set, names a file
# that receives the numbers of passed, failed and skipped cases; CLAIMS, a folder that several of these
# share so that each case is run by one of them; FAULTY, the program whose calls can be made to fail;
# CASE_SECONDS (600), how long a case may take before it counts as one that hangs. lib.sh has what the
# cases use. For itself: run.sh --case FILE FUNCTION runs one in the folder it is in.
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
    echo "run.sh: the program $CHARNN is not there; run make first" >&2
    exit 1
fi

# The space in the name is on purpose: every path in the tests has one.
base=$(mktemp -d)
trap 'chmod -R u+rwx "$base"; rm -rf "$base"' EXIT
running=
# Ends the case that runs, with all that it has started.
end_case() {
    [ -z "$running" ] || kill -- "-$running" 2>/dev/null || kill "$running" 2>/dev/null || :
    wait
}
trap 'end_case; exit 130' INT
trap 'end_case; exit 143' TERM HUP
SHARED="$base/shared files"
mkdir "$SHARED"
export ROOT CHARNN SHARED

# A process group of its own for each case, and an end to one that hangs.
limit=${CASE_SECONDS:-600}
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
        running=
        case "$status" in
        0) passed=$((passed + 1)) ;;
        77)
            skipped=$((skipped + 1))
            echo "skipped: $name: $function: $(tail -n 1 "$base/report")"
            ;;
        *)
            [ "$status" -ne 124 ] || echo "it did not end within $limit s" >>"$base/report"
            failed=$((failed + 1))
            echo "FAILED: $name: $function"
            sed 's/^/    /' "$base/report"
            ;;
        esac
        chmod -R u+rwx "$folder"
        rm -rf "$folder"
    done <"$base/cases"
done

if [ -n "${COUNTS-}" ]; then
    echo "$passed $failed $skipped" >"$COUNTS"
fi
[ -n "${CLAIMS-}" ] || echo "shell tests: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
