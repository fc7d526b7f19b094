# shellcheck shell=sh
# Output that cannot be written is an error that is said; a reader that went away is none.

test_full_disk() {
    [ -e /dev/full ] || skip 'no /dev/full here'
    status=0
    "$CHARNN" help >/dev/full 2>"$REPORT/err" || status=$?
    : >"$REPORT/out"
    expect_refusal 1 'No space left on device'
    status=0
    "$CHARNN" help --man >/dev/full 2>"$REPORT/err" || status=$?
    expect_refusal 1 'No space left on device'
}

test_full_disk_while_sampling() {
    [ -e /dev/full ] || skip 'no /dev/full here'
    make_checkpoint
    for texts in 1 70; do
        status=0
        "$CHARNN" sample "$CHECKPOINT" -n $texts --length 100 --seed 1 >/dev/full 2>"$REPORT/err" ||
            status=$?
        : >"$REPORT/out"
        expect_refusal 1 'No space left on device'
    done
}

test_closed_pipe() {
    make_checkpoint
    for texts in 1 70; do
        { status=0; "$CHARNN" sample "$CHECKPOINT" -n $texts --length 1000000 --seed 1 2>err ||
            status=$?
            echo "$status" >status; } | head -c 10 >/dev/null
        [ "$(cat status)" -eq 141 ] || fail "expected exit status 141, not $(cat status)"
        [ ! -s err ] || fail "expected silence: $(cat err)"
    done
}

test_closed_stdout() {
    status=0
    "$CHARNN" help >&- 2>"$REPORT/err" || status=$?
    : >"$REPORT/out"
    expect_status 1
    expect_stderr_lines 1
}
