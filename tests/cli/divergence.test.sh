# shellcheck shell=sh
# Losses and gradients that are not finite: skipped, rolled back, never saved.

# train ARGUMENT...: a very short run that diverges: the weights grow a thousandfold each step.
train() {
    charnn train --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 --seed 1 --threads 1 \
        --schedule step --learning-rate 100 --weight-decay 10 --max-steps 80 --checkpoint-dir cv "$@"
}

# expect_finite CHECKPOINT...: eval can use each.
expect_finite() {
    for checkpoint in "$@"; do
        charnn eval "$checkpoint" text.txt
        expect_status 0
    done
}

test_it_stops_where_that_is_asked_for() {
    make_text text.txt
    train text.txt --learning-rate 0.002 --max-steps 3
    cp -r cv before
    train text.txt --resume --max-steps 80 --learning-rate 100 --weight-decay 10 \
        --on-divergence stop --max-bad-steps 4 --log run.jsonl
    expect_status 1
    expect_no_stdout
    [ "$(grep -c '^charnn train: ' "$REPORT/err")" -eq 1 ] || fail 'expected one sentence'
    tail -n 1 "$REPORT/err" >sentence
    for text in 'training diverged: the' 'is not finite, as in the 3 steps before' \
        'checkpoints are from before it' --learning-rate --grad-norm; do
        grep -qF -e "$text" sentence || fail "expected in the last line: $text"
    done
    expect_same_files before/last.safetensors cv/last.safetensors
    tail -n 1 run.jsonl | grep -qF '"event":"end","reason":"failed: training diverged' ||
        fail 'expected the end in the log'
    # It continues at a better rate.
    charnn train --resume --max-steps 6 --learning-rate 0.002 --weight-decay 0 --checkpoint-dir cv
    expect_status 0
}

test_it_goes_back_with_half_the_rate() {
    command -v jq >/dev/null 2>&1 || skip 'jq is not installed'
    make_text text.txt
    train text.txt --eval-val-every 5 --learning-rate 0.002 --weight-decay 0 --max-steps 5
    cp cv/last.safetensors good
    # 19 ^ 35 overflows a float, 9 ^ 35 does not.
    charnn train --resume --eval-val-every 40 --learning-rate 2 --weight-decay 10 --max-steps 40 \
        --checkpoint-dir cv --log run.jsonl --print-every 1 --max-bad-steps 3
    expect_status 0
    expect_stderr_contains 'diverged    the ' ': back to step 5, with 1/2 of the learning rate'
    skips=$(grep -c '"event":"skip"' run.jsonl)
    expect_line "skipped     $skips steps whose loss or gradient was not finite"
    jq -s -e '(map(select(.event == "rollback")) | length) as $n |
        $n > 0 and .[-1].rollbacks == $n and .[-1].reason == "all steps done" and
        ([.[] | select(.event == "rollback") | .step] | unique) == [5] and
        map(select(.event == "step"))[-1].learning_rate * pow(2; $n) == 2 and
        (map(select(.event == "skip")) | length == $skips and (length as $l | map(.skipped) == [range(1; $l + 1)]) and
            (.[0:3] | .[2].step - .[0].step) == 2) and .[-1].skipped == $skips' --argjson skips "$skips" run.jsonl >/dev/null ||
        fail "expected another log: $(grep -v '"step",' run.jsonl)"
    expect_finite cv/*.safetensors
    charnn info --json cv/last.safetensors
    expect_stdout_contains '[5,"--learning-rate 2 instead of 0.002"]' '[5,"back from step '
    charnn info cv/last.safetensors
    expect_stdout_contains "  skipped       $skips steps whose loss or gradient was not finite"
    # The same again gives the same.
    cp cv/last.safetensors after
    cp good cv/last.safetensors
    charnn train --resume --eval-val-every 40 --learning-rate 2 --weight-decay 10 --max-steps 40 \
        --checkpoint-dir cv --print-every 1 --max-bad-steps 3 --threads 2
    expect_same_files after cv/last.safetensors
}

# After a rollback to a checkpoint of an earlier end, nothing of its validation is left.
test_it_goes_back_to_an_end() {
    make_text text.txt
    train text.txt --eval-val-every 40 --learning-rate 0.002 --weight-decay 0 --max-steps 5
    header cv/last.safetensors | grep -qF '\"scheduled\":' || fail 'expected a final validation'
    rm -f cv/.scheduled-*
    charnn train --resume --eval-val-every 40 --learning-rate 2 --weight-decay 10 --max-steps 40 \
        --checkpoint-dir cv --print-every 1 --max-bad-steps 3
    expect_status 0
    expect_stderr_contains ': back to step 5, with 1/2 of the learning rate'
    ! header cv/last.safetensors | grep -qF '\"scheduled\":' || fail 'expected a scheduled validation'
    charnn info --json cv/last.safetensors
    expect_stdout_contains '"history":[[40,'
}

# Weights that cannot be sampled from are rolled back like others.
test_samples_do_not_end_it() {
    make_text text.txt
    train text.txt --eval-val-every 5 --learning-rate 0.002 --weight-decay 0 --max-steps 5
    cp -r cv before
    charnn train --resume --eval-val-every 40 --learning-rate 2 --weight-decay 10 --max-steps 40 \
        --checkpoint-dir cv --print-every 1 --max-bad-steps 3
    mv cv without
    cp -r before cv
    charnn train --resume --eval-val-every 40 --learning-rate 2 --weight-decay 10 --max-steps 40 \
        --checkpoint-dir cv --print-every 1 --max-bad-steps 3 --sample-every 1 --sample-length 9
    expect_status 0
    expect_stderr_contains 'warning     no sample at step ' ': back to step 5, with ' \
        'sample      step 40, '
    [ "$(tail -n 1 "$REPORT/out" | wc -m)" -ge 9 ] || fail 'expected a sample at the end'
    expect_same_tensors without/last.safetensors cv/last.safetensors
}

test_it_is_given_up_in_the_end() {
    make_text text.txt
    train text.txt --learning-rate 100 --weight-decay 10 --init-scale 10 --grad-clip 0 --dropout 0 \
        --model rnn --eval-val-every 18 --max-epochs 50 --max-steps 0 --optimizer rmsprop
    expect_status 1
    expect_stderr_contains 'with 1/1024 of the learning rate' \
        'charnn train: training diverged repeatedly from the same checkpoint: the '
    expect_finite cv/*.safetensors
}

test_without_validation() {
    make_text text.txt
    train text.txt --val-frac 0 --checkpoint-every 1 --on-divergence stop
    expect_status 1
    grep -qF 'training diverged: the' "$REPORT/err" || fail 'expected the sentence'
    expect_finite cv/*.safetensors
}

# warnings: the number of warnings of finite losses that are worse than a uniform guess.
warnings() {
    grep -c '^warning     val [0-9.]* nats is worse than a uniform guess over ' "$REPORT/err" || :
}

test_finite_losses_that_are_worse_than_guesses() {
    make_text text.txt
    set -- --weight-decay 0 --eval-val-every 10 --max-steps 40
    train text.txt "$@" --learning-rate 5
    expect_status 0
    [ "$(warnings)" -eq 1 ] || fail 'expected one warning'
    val=$(sed -n 's/^epoch .*  val \([0-9.]*\)  .*/\1/p' "$REPORT/err" | head -n 1)
    expect_line "warning     val $val nats is worse than a uniform guess over 40 characters (ln 40 = 3.6889 nats); use a lower --learning-rate, such as 0.5"
    # Weights of --init-from may start there.
    cp cv/last.safetensors bad.safetensors
    train text.txt --init-from bad.safetensors --weight-decay 0 --eval-val-every 1 --learning-rate 1e-30 --max-steps 1 \
        --average 0 --dropout 0 --rnn-size 4
    [ "$(warnings)" -eq 0 ] || fail 'expected no warning where it begins'
    train text.txt --init-from bad.safetensors --weight-decay 0 --eval-val-every 1 --learning-rate 1e-30 --max-steps 2 \
        --average 0 --dropout 0 --rnn-size 4
    [ "$(warnings)" -eq 1 ] || fail 'expected a warning where it gets no better'
}

# The rate is not to blame if the validation text differs, whether the text is memorized or not.
test_losses_that_are_worse_than_guesses_for_other_reasons() {
    awk 'BEGIN { for (i = 0; i < 128; i++) printf "%s", i < 120 ? "abcdefgh" : "hhggffeeddccbbaa" }' >text.txt
    set -- --weight-decay 0 --eval-val-every 1 --val-frac 0.1
    train text.txt "$@" --learning-rate 0.002
    expect_status 0
    [ "$(warnings)" -eq 0 ] || fail 'expected no warning of a run as usual'
    train text.txt "$@" --learning-rate 0.05 --average 0 --rnn-size 16 --max-steps 200 --eval-val-every 20
    [ "$(warnings)" -eq 0 ] || fail 'expected no warning where it learns by heart'
    awk '/^epoch / && $8 > 3.1 { far = 1 } END { exit !far }' "$REPORT/err" || fail 'expected a far worse validation'
}
