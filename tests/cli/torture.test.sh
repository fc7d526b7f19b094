# shellcheck shell=sh
# scripts/torture.sh with few kills.

test_killed_at_any_moment() {
    [ ! -w /dev/shm ] || TMPDIR=/dev/shm
    export TMPDIR="${TMPDIR:-/tmp}"
    run "$ROOT/scripts/torture.sh" --kills 20 --steps 200 "$CHARNN"
    expect_status 0
    grep -q 'nothing was lost$' "$REPORT/out" || fail 'expected that nothing is lost'
    kills=$(sed -n 's/^torture: \([0-9]*\) SIGKILLs and .*/\1/p' "$REPORT/out")
    runs=$(sed -n 's/.* SIGTERMs in \([0-9]*\) runs .*/\1/p' "$REPORT/out")
    [ "${runs:-0}" -ge 8 ] || fail "expected a run with each of the settings, not ${runs:-none}"
    [ "${kills:-0}" -ge 20 ] || fail "expected at least 20 kills, not ${kills:-none}"
}

test_its_command_line() {
    run "$ROOT/scripts/torture.sh" --help
    expect_status 0
    expect_stdout_contains 'usage: scripts/torture.sh [OPTION]'
    for arguments in '--kills' '--kills x' '--only' '--only other' '--other' 'nothing-here'; do
        # shellcheck disable=SC2086 # a list
        run "$ROOT/scripts/torture.sh" $arguments
        expect_status 2
        expect_stderr_contains 'see scripts/torture.sh --help'
    done
}
