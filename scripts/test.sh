#!/bin/sh
# Runs the unit tests and the shell tests in parallel lanes. The last line is "N passed, N failed", with
# ", N skipped" if cases could not run on this machine.
#
#   scripts/test.sh UNIT PROGRAM
#
# Environment: SUITES, a list of unit-test suites to run (all); SHELL_TESTS, a pattern for the shell cases
# to run: "file:case" must contain it (all); "none" for either runs none of that kind; LANES, the number of
# lanes (one per processor). CK_RUN_CASE of Check also works, for suites that have such a case.
set -eu

if [ $# -ne 2 ]; then
    echo 'usage: scripts/test.sh UNIT PROGRAM' >&2
    exit 2
fi
unit=$1
program=$2
# shellcheck source=tests/environment.sh
. "$(dirname "$0")/../tests/environment.sh"
case "$unit" in */*) ;; *) unit=./$unit ;; esac

# A sanitizer's report must not look like exit status 1 of a failed command.
ASAN_OPTIONS="exitcode=99:${ASAN_OPTIONS-}"
LSAN_OPTIONS="exitcode=99:${LSAN_OPTIONS-}"
TSAN_OPTIONS="exitcode=99:allocator_may_return_null=1:${TSAN_OPTIONS-}"
UBSAN_OPTIONS="exitcode=99:print_stacktrace=1:${UBSAN_OPTIONS-}"
export ASAN_OPTIONS LSAN_OPTIONS TSAN_OPTIONS UBSAN_OPTIONS

work=$(mktemp -d)
lanes=
checking=
trap 'rm -rf "$work"' EXIT
trap 'kill $checking $lanes 2>/dev/null || :; wait; exit 130' INT
trap 'kill $checking $lanes 2>/dev/null || :; wait; exit 143' TERM HUP

# run_suite SUITE: adds to $passed and $failed. The summary of Check is "P%: Checks: N, Failures: N,
# Errors: N".
run_suite() {
    status=0
    report=$work/suites/$1/report
    CK_RUN_SUITE=$1 "$unit" >"$report" 2>&1 &
    checking=$!
    wait $checking || status=$?
    checking=
    cat "$report"
    counts=$(sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' \
        "$report" | tail -n 1)
    checks=${counts%% *}
    bad=$(echo "${counts:-0 0 0}" | awk '{ print $2 + $3 }')
    if [ "${checks:-0}" -eq 0 ] || { [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; }; then
        echo "unit tests: suite $1: no tests, no summary, or a failure outside a test" \
            "(exit status $status)"
        bad=$((bad + 1))
        checks=$((${checks:-0} + 1))
    fi
    failed=$((failed + bad))
    passed=$((passed + checks - bad))
}

# Runs the suites that no other lane has claimed. Writes the counts to $tally-unit.
run_suites() {
    passed=0
    failed=0
    [ "$suites" != none ] || return 0
    for suite in $suites; do
        mkdir "$work/suites/$suite" 2>/dev/null || continue
        run_suite "$suite"
    done
    echo "$passed $failed 0" >"$tally-unit"
}

# Runs the shell cases that no other lane has claimed. Writes the counts to $tally-shell.
run_cases() {
    [ "${SHELL_TESTS-}" != none ] || return 0
    CHARNN=$program CLAIMS=$work/cases COUNTS=$tally-shell "$cases" ${SHELL_TESTS:+"$SHELL_TESTS"} &
    checking=$!
    wait $checking || :
    checking=
}

# run_lane N: lane 1 begins with the shell tests, the others with the suites. Then each helps with the rest.
run_lane() {
    tally="$work/counts $1"
    if [ "$1" -eq 1 ]; then
        run_cases
        run_suites
    else
        trap - EXIT
        trap 'kill $checking 2>/dev/null || :; wait; exit 143' TERM
        lanes=
        run_suites
        run_cases
    fi
}

# add_counts FILE KIND: adds the counts of a lane to the totals.
add_counts() {
    if [ -s "$1" ]; then
        read -r p f s <"$1"
    else
        echo "$2 tests: a lane ended early"
        p=0 f=1 s=0
    fi
    passed=$((passed + p))
    failed=$((failed + f))
    skipped=$((skipped + s))
}

suites=${SUITES-}
[ -n "$suites" ] || suites=$("$unit" --list) || suites=
cases=$(dirname "$0")/../tests/cli/run.sh
mkdir "$work/suites" "$work/cases"

# Lane 1 prints at once, the others when all have ended.
count=${LANES:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}
others=
lane=2
while [ $lane -le "$count" ]; do
    others="$others $lane"
    lane=$((lane + 1))
done
for lane in $others; do
    run_lane "$lane" >"$work/lane $lane" &
    lanes="$lanes $!"
done
run_lane 1
for lane in $lanes; do
    wait "$lane" || :
done
lanes=
for lane in $others; do
    cat "$work/lane $lane"
done

passed=0
failed=0
skipped=0
if [ "${SHELL_TESTS-}" != none ]; then
    for lane in 1 $others; do
        add_counts "$work/counts $lane-shell" shell
    done
    found=$((passed + failed + skipped))
    if [ $found -eq 0 ]; then
        echo "shell tests: no case matches ${SHELL_TESTS-}"
        failed=1
    elif [ -z "${SHELL_TESTS-}" ] && [ $found -ne "$(cat "${cases%/*}"/*.test.sh | grep -c '^test_.*() {$')" ]; then
        echo "shell tests: only $found were run, not all"
        failed=$((failed + 1))
    fi
    echo "shell tests: $passed passed, $failed failed, $skipped skipped"
fi
if [ "$suites" != none ]; then
    # shellcheck disable=SC2086 # a list of words
    set -- $suites
    if [ $# -eq 0 ]; then
        echo 'unit tests: no suites'
        failed=$((failed + 1))
    fi
    for suite in "$@"; do
        if [ ! -e "$work/suites/$suite/report" ]; then
            echo "unit tests: suite $suite was not run"
            failed=$((failed + 1))
        fi
    done
    for lane in 1 $others; do
        add_counts "$work/counts $lane-unit" unit
    done
fi
if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
