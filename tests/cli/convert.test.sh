# shellcheck shell=sh
# `charnn convert`, and what reads its files.

# A model of 40 units that has learned a little.
make_model() {
    make_text text.txt
    charnn train text.txt --rnn-size 40 --num-layers 2 --max-steps 30 --seed 1 --threads 1 --learning-rate 0.01
    expect_status 0
}

test_convert_writes_every_type() {
    make_model
    charnn convert cv/last.safetensors bf16.safetensors --weights bf16
    expect_status 0
    expect_no_stdout
    expect_no_stderr
    charnn convert cv/last.safetensors int8.safetensors
    expect_status 0
    charnn info int8.safetensors
    expect_stdout_contains '  weights       int8' '  rnn.weight_hh_l0        I8    [160, 40]' \
        '  rnn.weight_hh_l0.scale  F32   [160]' '  rnn.bias_hh_l1          F32   [160]'
    charnn info bf16.safetensors
    expect_stdout_contains '  weights       bf16' '  rnn.weight_hh_l0  BF16  [160, 40]'
    # The training history is kept, its state for resuming is not.
    charnn info --json int8.safetensors
    expect_stdout_contains '"step":30' '"weights":"int8"'
    ! grep -q 'optim\.\|state\.' "$REPORT/out" || fail 'expected no training state'
    # The weights are the same numbers as floats, so the text is the same.
    charnn convert bf16.safetensors floats.safetensors --weights f32
    charnn sample bf16.safetensors --length 200 --seed 3
    expect_status 0
    cp "$REPORT/out" text
    charnn sample floats.safetensors --length 200 --seed 3
    expect_same_files text "$REPORT/out"
    # Integers multiply integers, so a different text may come.
    charnn sample int8.safetensors --length 200 --seed 3
    expect_status 0
    [ "$(wc -c <"$REPORT/out")" -ge 200 ] || fail 'expected 200 characters'
}

test_convert_prints_the_loss_before_and_after() {
    make_model
    charnn convert cv/last.safetensors int8.safetensors text.txt
    expect_status 0
    expect_no_stderr
    [ "$(sed -n 1p "$REPORT/out")" = 'weights          bytes  nats/char  bits/char' ] || fail 'no heading'
    [ "$(wc -l <"$REPORT/out")" -eq 3 ] || fail 'expected three lines'
    # shellcheck disable=SC2046 # the words of two lines
    set -- $(sed -n 2p "$REPORT/out") $(sed -n 3p "$REPORT/out")
    [ "$1 $5" = 'f32 int8' ] || fail "types $1 $5"
    [ "$(echo "$6" | tr -d ,)" -eq "$(wc -c <int8.safetensors)" ] || fail "$6 bytes"
    before=$3 after=$7
    charnn eval cv/last.safetensors text.txt
    expect_stdout_contains "nats/char   $before"
    charnn eval int8.safetensors text.txt
    expect_stdout_contains "nats/char   $after"
}

test_converted_weights_start_a_run_but_do_not_resume_one() {
    make_model
    for type in bf16 int8; do
        charnn convert cv/last.safetensors $type.safetensors --weights $type
        charnn train text.txt --init-from $type.safetensors --max-steps 1 --checkpoint-dir new-$type --threads 1
        expect_status 0
        charnn info --json new-$type/last.safetensors
        expect_stdout_contains '"weights":"f32"'
        mkdir $type
        cp $type.safetensors $type/last.safetensors
        charnn train --resume --checkpoint-dir $type
        expect_refusal 1 "$type/last.safetensors: a run can be resumed only from float32, but tensor"
    done
}

# keeps FORMAT KEY OPTION...: converted models have that format version and that key, and about the same loss.
keeps() {
    format=$1
    key=$2
    shift 2
    make_text text.txt
    charnn train text.txt "$@" --checkpoint-dir cv --rnn-size 40 --num-layers 2 --max-steps 30 --seed 1 --threads 1 --learning-rate 0.01
    expect_status 0
    charnn eval cv/last.safetensors text.txt --json
    loss=$(sed 's/.*"nats_per_char":\([0-9.]*\).*/\1/' "$REPORT/out")
    for type in bf16 int8; do
        charnn convert cv/last.safetensors $type.safetensors --weights $type
        charnn info --json $type.safetensors
        expect_stdout_contains "\"format\":$format," "$key" "\"weights\":\"$type\""
        charnn eval $type.safetensors text.txt --json
        sed 's/.*"nats_per_char":\([0-9.]*\).*/\1/' "$REPORT/out" | awk -v loss="$loss" '
            { exit !($1 - loss < 0.01 && loss - $1 < 0.01) }' || fail "$type: not close to $loss"
    done
}

test_convert_keeps_skip_connections() {
    keeps 2 '"skip":true' --skip
}

test_convert_keeps_attention() {
    keeps 3 '"attention":6' --attention 6
}

test_convert_loses_no_file() {
    make_model
    cp cv/last.safetensors kept
    charnn convert cv/last.safetensors cv/last.safetensors
    expect_refusal 2 'cv/last.safetensors exists, and convert replaces no file; name a new one'
    expect_same_files kept cv/last.safetensors
    charnn convert cv/last.safetensors -
    expect_refusal 2 'a checkpoint cannot be written to standard output; name a file'
    charnn convert cv/last.safetensors
    expect_refusal 2 'missing argument: expected CHECKPOINT NEW [FILE]...'
    charnn convert cv/last.safetensors new --weights int4
    expect_refusal 2 "--weights"
    charnn convert cv/last.safetensors new no-such-text
    expect_refusal 1 'no-such-text'
    expect_no_file new
    charnn convert no-such-model new
    expect_refusal 1 'no-such-model'
    printf a >short
    charnn convert cv/last.safetensors new short
    expect_refusal 1 'the text has fewer than 2 characters of the vocabulary; scoring needs 2'
    expect_no_file new
}
