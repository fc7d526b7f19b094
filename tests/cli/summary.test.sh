# shellcheck shell=sh
# scripts/test.sh itself: a failure anywhere must show in its last line and its exit status.

# unit SUMMARY STATUS: a unit-test program that says so.
summarize() {
    fake unit "echo '$1'; exit $2"
    run env SUITES= SHELL_TESTS=none "$ROOT/scripts/test.sh" bin/unit "$CHARNN"
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
