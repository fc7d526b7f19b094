# shellcheck shell=sh
# scripts/test.sh itself: every failure must show in its last line and its exit status.

# summarize SUMMARY STATUS: runs a fake unit-test program that prints the summary.
summarize() {
    fake unit "echo '$1'; exit $2"
    run env SUITES=some SHELL_TESTS=none "$ROOT/scripts/test.sh" bin/unit "$CHARNN"
}

last_line() {
    [ "$(tail -n 1 "$REPORT/out")" = "$1" ] || fail "expected as the last line: $1"
}

test_all_passed() {
    summarize '100%: Checks: 12, Failures: 0, Errors: 0' 0
    expect_status 0
    last_line '12 passed, 0 failed'
}

test_failures_and_errors() {
    summarize '75%: Checks: 12, Failures: 2, Errors: 1' 1
    expect_status 1
    last_line '9 passed, 3 failed'
}

test_a_crash_before_the_summary() {
    summarize 'Running suite(s)' 139
    expect_status 1
    last_line '0 passed, 1 failed'
}

test_a_failure_outside_the_tests() {
    summarize '100%: Checks: 12, Failures: 0, Errors: 0' 99
    expect_status 1
    last_line '12 passed, 1 failed'
}

test_no_tests() {
    summarize '100%: Checks: 0, Failures: 0, Errors: 0' 0
    expect_status 1
    last_line '0 passed, 1 failed'
}

# Lanes share the suites, and each suite runs once.
test_several_suites() {
    fake unit "echo \"\$CK_RUN_SUITE\" >>'$PWD/ran'
        echo '100%: Checks: 4, Failures: 0, Errors: 0'"
    run env LANES=3 SUITES='one two three' SHELL_TESTS=none "$ROOT/scripts/test.sh" bin/unit "$CHARNN"
    expect_status 0
    last_line '12 passed, 0 failed'
    [ "$(sort ran | tr '\n' ' ')" = 'one three two ' ] || fail 'expected each suite once'
}

test_a_failure_in_any_lane() {
    # shellcheck disable=SC2016 # variables of the fake program
    fake unit '[ "$CK_RUN_SUITE" != "$BAD" ] || echo "50%: Checks: 4, Failures: 1, Errors: 1"
        [ "$CK_RUN_SUITE" = "$BAD" ] || echo "100%: Checks: 4, Failures: 0, Errors: 0"'
    for bad in one two three; do
        run env BAD=$bad LANES=2 SUITES='one two three' SHELL_TESTS=none "$ROOT/scripts/test.sh" bin/unit "$CHARNN"
        expect_status 1
        last_line '10 passed, 2 failed'
    done
}

# A suite that no lane could run counts as a failure.
test_suites_that_are_not_run() {
    fake unit "echo '100%: Checks: 4, Failures: 0, Errors: 0'"
    run env SUITES='one a/b' SHELL_TESTS=none "$ROOT/scripts/test.sh" bin/unit "$CHARNN"
    expect_status 1
    expect_stdout_contains 'unit tests: suite a/b was not run'
    last_line '4 passed, 1 failed'
    run env SUITES=' ' SHELL_TESTS=none "$ROOT/scripts/test.sh" bin/unit "$CHARNN"
    expect_status 1
    last_line '0 passed, 1 failed'
    fake unit 'exit 1' # when it is asked for its suites
    run env SUITES= SHELL_TESTS=none "$ROOT/scripts/test.sh" bin/unit "$CHARNN"
    expect_status 1
    last_line '0 passed, 1 failed'
}

# Each shell case runs in one lane. A pattern without a match is a failure.
test_several_cases() {
    fake unit "echo '100%: Checks: 1, Failures: 0, Errors: 0'"
    run env LANES=3 SUITES=some SHELL_TESTS=help: "$ROOT/scripts/test.sh" bin/unit "$CHARNN"
    expect_status 0
    cases=$(grep -c '^test_[a-z0-9_]*() {$' "$ROOT/tests/cli/help.test.sh")
    expect_stdout_contains "shell tests: $cases passed, 0 failed, 0 skipped"
    last_line "$((cases + 1)) passed, 0 failed"
    run env SUITES=some SHELL_TESTS=no-such-case "$ROOT/scripts/test.sh" bin/unit "$CHARNN"
    expect_status 1
    expect_stdout_contains 'shell tests: no case matches no-such-case'
    last_line '1 passed, 1 failed'
}

# Without suites no unit test program is needed. A run without any test fails.
test_no_suites() {
    run env SUITES=none SHELL_TESTS=test_version "$ROOT/scripts/test.sh" none/unit "$CHARNN"
    expect_status 0
    last_line '1 passed, 0 failed'
    run env SUITES=none SHELL_TESTS=none "$ROOT/scripts/test.sh" none/unit "$CHARNN"
    expect_status 1
    last_line '0 passed, 0 failed'
}

# A signal also ends the running suite and the running case.
test_a_signal_ends_all() {
    fake unit "echo \$\$ >'$PWD/suite'
        exec sleep 60"
    fake charnn "echo \$\$ >>'$PWD/case'
        exec sleep 60"
    env LANES=2 SUITES=some SHELL_TESTS=test_version "$ROOT/scripts/test.sh" bin/unit "$PWD/bin/charnn" \
        >"$REPORT/out" 2>"$REPORT/err" &
    tests=$!
    wait_for . suite
    wait_for . case
    kill -TERM $tests
    status=0
    # shellcheck disable=SC2034 # read by lib.sh
    wait $tests || status=$?
    expect_status 143
    for file in suite case; do
        process=$(head -n 1 $file)
        tries=0
        while kill -0 "$process" 2>/dev/null; do
            tries=$((tries + 1))
            [ $tries -lt 200 ] || fail "expected the process of the $file to end"
            sleep 0.05
        done
    done
}
