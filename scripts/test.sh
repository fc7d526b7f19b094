#!/bin/sh
# Runs the shell tests of the real program and, beside them, the unit tests, whose report follows
# theirs. It closes with one line that sums both up: "N passed, N failed" (and ", N skipped" where a
# case could not run on this machine).
#
#   scripts/test.sh UNIT PROGRAM
#
# SUITES, a list of names, limits the unit tests to these suites; SHELL_TESTS limits the shell tests
# to the files and cases whose names contain it, and "none" leaves them out.
set -eu

if [ $# -ne 2 ]; then
    echo 'usage: scripts/test.sh UNIT PROGRAM' >&2
    exit 2
fi
unit=$1
program=$2
case "$unit" in */*) ;; *) unit=./$unit ;; esac

# A sanitizer's complaint must not look like the exit status 1 of a failed command.
ASAN_OPTIONS="exitcode=99:${ASAN_OPTIONS-}"
LSAN_OPTIONS="exitcode=99:${LSAN_OPTIONS-}"
TSAN_OPTIONS="exitcode=99:allocator_may_return_null=1:${TSAN_OPTIONS-}"
UBSAN_OPTIONS="exitcode=99:print_stacktrace=1:${UBSAN_OPTIONS-}"
export ASAN_OPTIONS LSAN_OPTIONS TSAN_OPTIONS UBSAN_OPTIONS

work=$(mktemp -d)
units=
trap 'rm -rf "$work"' EXIT
trap 'kill $units 2>/dev/null || :; exit 130' INT
trap 'kill $units 2>/dev/null || :; exit 143' TERM HUP

# run_unit [SUITE]: adds to $passed and $failed. Check's own summary is "P%: Checks: N, Failures: N,
# Errors: N".
run_unit() {
    status=0
    env ${1:+CK_RUN_SUITE="$1"} "$unit" >"$work/unit" 2>&1 &
    checking=$!
    wait $checking || status=$?
    checking=
    cat "$work/unit"
    counts=$(sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' \
        "$work/unit" | tail -n 1)
    checks=${counts%% *}
    bad=$(echo "${counts:-0 0 0}" | awk '{ print $2 + $3 }')
    if [ "${checks:-0}" -eq 0 ] || { [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; }; then
        echo "unit tests${1:+ of suite $1}: no summary, or a failure outside the tests" \
            "(exit status $status)"
        bad=$((bad + 1))
        checks=$((${checks:-0} + 1))
    fi
    failed=$((failed + bad))
    passed=$((passed + checks - bad))
}

# All unit tests that are wanted; the counts go to $work/unit-counts.
run_units() {
    checking=
    passed=0
    failed=0
    trap - EXIT
    trap 'kill $checking 2>/dev/null || :; exit 143' TERM
    if [ -n "${SUITES-}" ]; then
        for suite in $SUITES; do
            run_unit "$suite"
        done
    else
        run_unit
    fi
    echo "$passed $failed 0" >"$work/unit-counts"
}

# add_counts FILE WHAT
add_counts() {
    if [ -s "$1" ]; then
        read -r p f s <"$1"
    else
        echo "$2 tests: they ended early"
        p=0 f=1 s=0
    fi
    passed=$((passed + p))
    failed=$((failed + f))
    skipped=$((skipped + s))
}

# Both keep about one processor busy, so they go side by side.
run_units >"$work/unit-report" &
units=$!
if [ "${SHELL_TESTS-}" != none ]; then
    CHARNN=$program COUNTS=$work/shell-counts "$(dirname "$0")/../tests/cli/run.sh" ${SHELL_TESTS:+"$SHELL_TESTS"} || :
fi
wait $units || :
units=
cat "$work/unit-report"

passed=0
failed=0
skipped=0
add_counts "$work/unit-counts" unit
[ "${SHELL_TESTS-}" = none ] || add_counts "$work/shell-counts" shell
if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
