# shellcheck shell=sh
# charnn sample: what it writes, and what decides it.

sample() {
    charnn sample "$CHECKPOINT" "$@"
}

# expect_characters N: so many on stdout, all from the text that was learnt (which is ASCII).
expect_characters() {
    size=$(wc -c <"$REPORT/out")
    [ "$size" -eq "$1" ] || fail "expected $1 characters, not $size"
    left=$(tr -d 'a-z0-9 ;.\n' <"$REPORT/out" | wc -c)
    [ "$left" -eq 0 ] || fail 'expected only characters of the training text'
}

test_length() {
    make_checkpoint
    for length in 0 1 63 64 65 1000; do
        sample --length $length --seed 1
        expect_status 0
        expect_no_stderr
        expect_characters $length
    done
    sample --seed 1
    expect_characters 2000
}

test_longer_text_begins_with_the_shorter() {
    make_checkpoint
    sample -l 100 --seed 4
    cp "$REPORT/out" short
    sample -l 300 --seed 4
    head -c 100 "$REPORT/out" | cmp - short || fail 'expected the same beginning'
}

test_seed() {
    make_checkpoint
    sample -l 200 --seed 7
    cp "$REPORT/out" first
    sample -l 200 --seed 7
    expect_same_files first "$REPORT/out"
    sample -l 200 --seed 8
    ! cmp -s first "$REPORT/out" || fail 'expected another text from another seed'
}

test_a_random_seed_is_told() {
    make_checkpoint
    sample -l 200
    expect_status 0
    expect_stderr_lines 1
    seed=$(sed -n 's/^seed: \([0-9][0-9]*\)$/\1/p' "$REPORT/err")
    [ -n "$seed" ] || fail 'expected a line with the seed'
    cp "$REPORT/out" first
    sample -l 200 --seed "$seed"
    expect_no_stderr
    expect_same_files first "$REPORT/out"
    cp "$REPORT/out" first
    sample -l 200
    ! cmp -s first "$REPORT/out" || fail 'expected another text from a seed of its own'
}

test_threads() {
    make_checkpoint
    sample -l 200 --seed 7 --threads 1
    cp "$REPORT/out" first
    for threads in 0 2 5; do
        sample -l 200 --seed 7 --threads $threads
        expect_status 0
        expect_same_files first "$REPORT/out"
    done
}

test_primetext() {
    make_checkpoint
    sample -l 50 --seed 1 --primetext 'the quick '
    expect_status 0
    expect_no_stderr
    expect_characters 60
    cp "$REPORT/out" first
    head -c 10 first | grep -qx 'the quick ' || fail 'expected the prime first'
    sample -l 0 --seed 1 --primetext 'the quick '
    [ "$(cat "$REPORT/out")" = 'the quick ' ] || fail 'expected the prime alone'

    printf 'the quick ' >'prime file'
    sample -l 50 --seed 1 --primetext-file 'prime file'
    expect_same_files first "$REPORT/out"
    # shellcheck disable=SC2016 # for the inner shell
    run sh -c '"$1" sample "$2" -l 50 --seed 1 --primetext-file - <"prime file"' sh "$CHARNN" \
        "$CHECKPOINT"
    expect_same_files first "$REPORT/out"
}

test_no_prime_is_as_after_a_newline() {
    make_checkpoint
    sample -l 50 --seed 1
    cp "$REPORT/out" first
    : >empty
    sample -l 50 --seed 1 --primetext-file empty
    expect_status 0
    expect_same_files first "$REPORT/out"
    echo >newline
    sample -l 50 --seed 1 --primetext-file newline
    tail -c +2 "$REPORT/out" | cmp - first || fail 'expected the same text after the newline'
}

test_prime_is_given_once() {
    make_checkpoint
    sample --primetext a --primetext-file b
    expect_refusal 2 --primetext --primetext-file
}

test_prime_of_unknown_characters() {
    make_checkpoint
    sample --primetext 'the QUICK'
    expect_refusal 1 "'Q'" 'position 5'
    printf 'the \001' >prime
    sample --primetext-file prime
    expect_refusal 1 'U+0001' 'position 5'
}

test_argmax() {
    make_checkpoint
    sample -l 100 --argmax --seed 1
    expect_status 0
    cp "$REPORT/out" first
    for option in '--argmax --seed 2' '-sample 0 -seed 3' '--temperature 1e-300 --seed 4'; do
        # shellcheck disable=SC2086 # several words
        sample -l 100 $option
        expect_status 0
        expect_same_files first "$REPORT/out"
    done
}

test_temperature() {
    make_checkpoint
    sample -l 200 --seed 1
    cp "$REPORT/out" first
    sample -l 200 --seed 1 --temperature 1
    expect_same_files first "$REPORT/out"
    sample -l 200 --seed 1 --temperature 0.5
    expect_characters 200
    ! cmp -s first "$REPORT/out" || fail 'expected another text from another temperature'
}

# On a terminal the text ends its last line; `script` gives the program one.
test_terminal() {
    command -v script >/dev/null 2>&1 || skip 'no script(1) here'
    make_checkpoint
    script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip 'script(1) is of another kind'
    sample -l 100 --seed 7 --primetext 'the '
    cp "$REPORT/out" plain
    SHELL=/bin/sh script -qec "'$CHARNN' sample '$CHECKPOINT' -l 100 --seed 7 -p 'the '" /dev/null \
        </dev/null | tr -d '\r' >shown
    if [ "$(tail -c 1 plain | wc -l)" -eq 0 ]; then
        echo >>plain
    fi
    expect_same_files plain shown
}

# The text of a pipe arrives while it is made, not all at its end.
test_pipe_is_not_kept_waiting() {
    make_checkpoint
    mkfifo pipe
    "$CHARNN" sample "$CHECKPOINT" -l 1000000000000 --seed 1 >pipe 2>err &
    sampler=$!
    head -c 100000 <pipe >beginning
    wait $sampler || status=$?
    [ "$(wc -c <beginning)" -eq 100000 ] || fail 'expected some text'
    [ "$status" -eq 141 ] || fail 'expected it to end with its reader'
    [ ! -s err ] || fail "expected silence: $(cat err)"
}
