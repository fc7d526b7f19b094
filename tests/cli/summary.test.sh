# shellcheck shell=sh
# scripts/test.sh itself: a failure anywhere must show in its last line and its exit status.

# unit SUMMARY STATUS: a unit-test program that says so.
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

# Lanes take suites from each other, and each suite is run once.
test_several_suites() {
    fake unit "echo \"\$CK_RUN_SUITE\" >>'$PWD/ran'
        echo '100%: Checks: 4, Failures: 0, Errors: 0'"
    run env SUITES='one two three' SHELL_TESTS=none "$ROOT/scripts/test.sh" bin/unit "$CHARNN"
    expect_status 0
    last_line '12 passed, 0 failed'
    [ "$(sort ran | tr '\n' ' ')" = 'one three two ' ] || fail 'expected each suite once'
}

# Shell tests, too; and a name that none has is told.
test_several_cases() {
    fake unit "echo '100%: Checks: 1, Failures: 0, Errors: 0'"
    run env SUITES=some SHELL_TESTS=version "$ROOT/scripts/test.sh" bin/unit "$CHARNN"
    expect_status 0
    cases=$(grep -c '^test_[a-z0-9_]*version[a-z0-9_]*() {$' "$ROOT"/tests/cli/*.test.sh | awk -F: '{ n += $2 } END { print n }')
    last_line "$((cases + 1)) passed, 0 failed"
    run env SUITES=some SHELL_TESTS=no-such-case "$ROOT/scripts/test.sh" bin/unit "$CHARNN"
    expect_status 1
    expect_stdout_contains 'shell tests: none is called no-such-case'
    last_line '1 passed, 1 failed'
}
