# shellcheck shell=sh
# charnn eval: its table and JSON, the parts of a text, and what it cannot score.

evaluate() {
    charnn eval "$@"
}

# The value of a key in the JSON on stdout.
value() {
    sed -n "s/.*\"$1\":\([^,}]*\).*/\1/p" "$REPORT/out"
}

# expect_value KEY VALUE
expect_value() {
    [ "$(value "$1")" = "$2" ] || fail "expected $1 to be $2"
}

# expect_close A B: equal to 1e-6, relative.
expect_close() {
    awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; if (d < 0) d = -d; exit !(a > 0 && d <= 1e-6 * b) }' ||
        fail "expected $1 and $2 to be close"
}

test_json() {
    make_checkpoint
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --json
    expect_status 0
    expect_no_stderr
    [ "$(wc -l <"$REPORT/out")" -eq 1 ] || fail 'expected one line'
    expect_value characters $(($(wc -c <"$SHARED/text.txt") - 1))
    expect_value unknown 0
    nats=$(value nats)
    per_char=$(value nats_per_char)
    expect_close "$per_char" "$(awk -v n="$nats" -v c="$(value characters)" 'BEGIN { printf "%.12g", n / c }')"
    expect_close "$(value bits_per_char)" "$(awk -v n="$per_char" 'BEGIN { printf "%.12g", n / log(2) }')"
    expect_close "$(value perplexity)" "$(awk -v n="$per_char" 'BEGIN { printf "%.12g", exp(n) }')"
}

test_table() {
    make_checkpoint
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --json
    table=$(awk -v c="$(value characters)" -v n="$(value nats_per_char)" \
        -v b="$(value bits_per_char)" -v p="$(value perplexity)" 'BEGIN {
            printf "characters  %d\nnats/char   %.4f\nbits/char   %.4f\nperplexity  %.4g\n", c, n, b, p
        }')
    evaluate "$CHECKPOINT" "$SHARED/text.txt"
    expect_status 0
    expect_no_stderr
    expect_stdout "$table"
}

test_exact() {
    make_checkpoint
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --json
    pieces=$(value nats)
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --json --exact
    expect_status 0
    awk -v a="$pieces" -v b="$(value nats)" 'BEGIN { d = a / b - 1; exit !(d < 1e-3 && d > -1e-3) }' ||
        fail "expected $pieces or nearly so"
}

test_threads() {
    make_checkpoint
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --json --threads 1
    cp "$REPORT/out" first
    for threads in 0 2 3; do
        evaluate "$CHECKPOINT" "$SHARED/text.txt" --json --threads $threads
        expect_same_files first "$REPORT/out"
    done
}

test_files_are_joined() {
    make_checkpoint
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --json
    cp "$REPORT/out" whole
    head -c 1001 "$SHARED/text.txt" >one
    : >two
    tail -c +1002 "$SHARED/text.txt" >three
    evaluate "$CHECKPOINT" one two three --json
    expect_same_files whole "$REPORT/out"
    # shellcheck disable=SC2016 # for the inner shell
    run sh -c '"$1" eval "$2" one - --json <three' sh "$CHARNN" "$CHECKPOINT"
    expect_status 0
    expect_same_files whole "$REPORT/out"
}

test_split() {
    make_checkpoint
    total=$(wc -c <"$SHARED/text.txt")
    train=$((total * 9 / 10))
    val=$((total * 95 / 100 - train))
    head -c $train "$SHARED/text.txt" >train.txt
    tail -c +$((train + 1)) "$SHARED/text.txt" | head -c $val >val.txt
    tail -c +$((train + val + 1)) "$SHARED/text.txt" >test.txt
    charnn train "$SHARED/text.txt" --rnn-size 8 --num-layers 1 --batch-size 4 --seq-length 10 \
        --max-steps 5 --checkpoint-dir cv --seed 1 --train-frac 0.9 --val-frac 0.05
    for part in train val test; do
        evaluate cv/last.safetensors $part.txt --json
        expect_status 0
        cp "$REPORT/out" expected
        evaluate cv/last.safetensors --split $part --json
        expect_status 0
        expect_no_stderr
        expect_same_files expected "$REPORT/out"
        evaluate cv/last.safetensors "$SHARED/text.txt" --split $part --json
        expect_no_stderr
        expect_same_files expected "$REPORT/out"
    done
}

test_split_of_another_text() {
    make_checkpoint
    head -c 1000 "$SHARED/text.txt" >other.txt
    evaluate "$CHECKPOINT" other.txt --split train
    expect_status 0
    expect_stderr_contains 'not the text' 'training part'
    expect_stderr_lines 1
}

test_split_without_the_text() {
    make_text text.txt
    charnn train text.txt --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 --max-steps 2 \
        --checkpoint-dir cv --seed 1
    expect_status 0
    mv text.txt moved.txt
    evaluate cv/last.safetensors --split val
    expect_refusal 1 text.txt 'No such file or directory' 'name it after the checkpoint'
    evaluate cv/last.safetensors --split val moved.txt
    expect_status 0
    expect_no_stderr
}

test_no_text() {
    make_checkpoint
    evaluate "$CHECKPOINT"
    expect_refusal 2 FILE --split
    evaluate
    expect_refusal 2 CHECKPOINT
}

test_unknown_characters() {
    make_checkpoint
    printf 'the quick brown fox' >plain
    evaluate "$CHECKPOINT" plain --json
    expect_value unknown 0
    nats=$(value nats)
    printf '\303\251the QUquick brown fox' >unknown
    evaluate "$CHECKPOINT" unknown --json
    expect_status 0
    expect_stderr 'charnn eval: 3 characters not in the vocabulary were skipped'
    expect_value unknown 3
    expect_value nats "$nats"
    printf 'the Qquick brown fox' >unknown
    evaluate "$CHECKPOINT" unknown
    expect_stderr 'charnn eval: 1 character not in the vocabulary was skipped'
}

test_too_short() {
    make_checkpoint
    printf t >one
    evaluate "$CHECKPOINT" one
    expect_refusal 1 'the text has 1 character;' 'at least 2'
    printf 'QtQ' >one
    evaluate "$CHECKPOINT" one
    expect_refusal 1 'the text has 1 character that the model knows' 'at least 2'
    printf 'the quick' >short
    evaluate "$CHECKPOINT" short --split val
    expect_status 1
    expect_no_stdout
    expect_stderr_contains 'the validation part of the text has' 'at least 2'
    : >empty
    evaluate "$CHECKPOINT" empty
    expect_refusal 1 'empty'
}

test_full_disk() {
    [ -e /dev/full ] || skip 'no /dev/full here'
    make_checkpoint
    for option in --json --exact; do
        # shellcheck disable=SC2016 # for the inner shell
        run sh -c '"$@" >/dev/full' sh "$CHARNN" eval "$CHECKPOINT" "$SHARED/text.txt" $option
        expect_refusal 1 'No space left on device'
    done
}
