# shellcheck shell=sh
# charnn train --resume, and the signals that end a run: it goes on as if it had never stopped.

# train ARGUMENT...: a run of no time; what is given here overrides these options.
train() {
    charnn train --rnn-size 4 --num-layers 2 --batch-size 4 --seq-length 10 --seed 1 --threads 1 \
        --checkpoint-dir cv "$@"
}

# resume ARGUMENT...: with nothing but what the checkpoint has.
resume() {
    charnn train --resume --checkpoint-dir cv "$@"
}

expect_line() {
    grep -qxF -e "$1" "$REPORT/err" || fail "expected the line: $1"
}

# tensors CHECKPOINT: the bytes of its tensors, without the header.
tensors() {
    header=$(od -An -tu8 -N8 "$1" | tr -d ' ')
    tail -c +$((header + 9)) "$1"
}

expect_same_tensors() {
    tensors "$1" >"$REPORT/one"
    tensors "$2" >"$REPORT/other"
    [ -s "$REPORT/one" ] || fail "expected tensors in $1"
    cmp "$REPORT/one" "$REPORT/other" || fail "expected the same tensors in $1 and $2"
}

# start ARGUMENT...: a run in the background, until it tells of its first step; $pid is known then.
# It would end by itself after a minute.
start() {
    "$CHARNN" train --rnn-size 4 --num-layers 2 --batch-size 4 --seq-length 10 --seed 1 \
        --threads 1 --checkpoint-dir cv --max-epochs 0 --max-seconds 60 --eval-val-every 0 \
        --print-every 1 "$@" >"$REPORT/out" 2>"$REPORT/err" &
    pid=$!
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            ! grep -q '^step ' "$REPORT/err" || return 0
            sleep 0.05
        done
    done
    kill -KILL "$pid"
    fail 'expected a first step within 10 seconds'
}

# stop SIGNAL: sends it to the run, and waits for its end.
stop() {
    kill -s "$1" "$pid"
    status=0
    # shellcheck disable=SC2034 # read by lib.sh
    wait "$pid" || status=$?
}

# The number of steps that the run tells of at its end.
last_step() {
    sed -n 's/^done        stopped by a signal at step \([0-9]*\), epoch .*/\1/p' "$REPORT/err"
}

test_in_pieces() {
    make_text text.txt
    for model in lstm gru rnn; do
        train text.txt --model $model --dropout 0.2 --max-steps 12 --eval-val-every 4 --checkpoint-dir whole
        train text.txt --model $model --dropout 0.2 --max-steps 4 --eval-val-every 4
        resume --max-steps 8
        expect_status 0
        expect_line 'resumed     at step 4'
        resume --max-steps 12
        expect_status 0
        expect_line 'resumed     at step 8'
        expect_same_files whole/last.safetensors cv/last.safetensors
        expect_same_files whole/best.safetensors cv/best.safetensors
        rm -r whole cv
    done
}

# Where a piece ends it is validated, which leaves a trace in the history only.
test_in_uneven_pieces() {
    make_text text.txt
    for optimizer in adam rmsprop sgd; do
        train text.txt --optimizer $optimizer --average 0 --peephole --max-steps 100 \
            --learning-rate-decay-after 1 --checkpoint-dir whole
        train text.txt --optimizer $optimizer --average 0 --peephole --max-steps 33 \
            --learning-rate-decay-after 1
        resume --max-steps 90
        resume --max-steps 100
        expect_status 0
        expect_same_tensors whole/last.safetensors cv/last.safetensors
        expect_same_tensors whole/best.safetensors cv/best.safetensors
        rm -r whole cv
    done
}

test_a_finished_run() {
    make_text text.txt
    train text.txt --max-steps 3
    cp cv/last.safetensors before
    resume
    expect_status 0
    expect_no_stdout
    expect_stderr_contains 'done        all steps done at step 3'
    expect_same_files before cv/last.safetensors
}

test_files_are_remembered() {
    make_text text.txt
    head -c 2000 text.txt >one
    tail -c +2001 text.txt >two
    train one two --max-steps 2
    resume --max-steps 3
    expect_status 0
    expect_stderr_contains 'text        4,010 characters'
    mkdir elsewhere
    mv one two elsewhere
    resume --max-steps 4
    expect_refusal 1 'cannot open one: No such file or directory'
    resume --max-steps 4 elsewhere/one elsewhere/two
    expect_status 0
    resume --max-steps 5
    expect_status 0
    resume --max-steps 6 elsewhere/two elsewhere/one
    expect_refusal 1 'the text is not the one this run was trained on' '--init-from'
}

test_standard_input_is_remembered() {
    make_text text.txt
    # shellcheck disable=SC2016 # for the inner shell
    piped='"$@" <text.txt'
    run sh -c "$piped" sh "$CHARNN" train - --rnn-size 4 --max-steps 2 --checkpoint-dir cv
    expect_status 0
    run sh -c "$piped" sh "$CHARNN" train --resume --max-steps 3 --checkpoint-dir cv
    expect_status 0
    expect_line 'resumed     at step 2'
}

test_settings_that_may_change() {
    make_text text.txt
    train text.txt --dropout 0.1 --max-steps 2
    resume --max-steps 3 --dropout 0.2 --learning-rate 0.001
    expect_status 0
    charnn info --json cv/last.safetensors
    expect_stdout_contains '"max_steps":3' '"dropout":0.2' '"learning_rate":0.001' '"num_layers":2' \
        '"batch_size":4'
}

test_settings_that_may_not() {
    make_text text.txt
    train text.txt --max-steps 2
    while read -r option value was; do
        resume "--$option" "$value"
        expect_refusal 2 "--$option cannot become $value when a run is resumed; it is $was in cv/last.safetensors"
    done <<'END'
rnn-size 5 4
num-layers 1 2
model gru lstm
batch-size 5 4
seq-length 11 10
optimizer adam rmsprop
train-frac 0.8 0.9
seed 2 1
END
    resume --rnn-size 4 --seed 1
    expect_status 0
}

test_from_best() {
    make_text text.txt
    train text.txt --max-steps 2
    mv cv/best.safetensors cv/last.safetensors
    resume
    expect_refusal 1 cv/last.safetensors '--init-from'
}

test_savefile() {
    make_text text.txt
    train text.txt --max-steps 2 --savefile one
    resume --max-steps 3
    expect_refusal 1 cv/last.safetensors 'No such file or directory'
    resume --max-steps 3 --savefile one
    expect_status 0
    expect_line 'resumed     at step 2'
}

test_log_is_continued() {
    command -v jq >/dev/null 2>&1 || skip 'jq is not installed'
    make_text text.txt
    train text.txt --max-steps 4 --print-every 2 --log run.jsonl
    resume --max-steps 6 --log run.jsonl
    [ "$(jq -c -s 'map([.event, .step])' run.jsonl)" = '[["start",null],["step",2],["step",4],["validation",4],["end",4],["start",null],["step",6],["validation",6],["end",6]]' ] ||
        fail "expected another log: $(cat run.jsonl)"
}

test_patience_is_counted_on() {
    make_text text.txt
    train text.txt --learning-rate 1e-30 --average 0 --patience 4 --eval-val-every 1 --max-steps 3
    resume --max-steps 0
    expect_status 0
    expect_stderr_contains 'done        no improvement at step 5'
}

test_interrupt() {
    make_text text.txt
    start text.txt --log run.jsonl
    stop INT
    expect_status 130
    expect_no_stdout
    step=$(last_step)
    [ "${step:-0}" -ge 1 ] || fail 'expected to be told the step'
    expect_line "resume      charnn train --resume --checkpoint-dir 'cv' --log 'run.jsonl'"
    expect_line 'charnn train: stopping after this step; another signal ends at once, without saving'
    tail -n 1 run.jsonl | grep -qF "\"reason\":\"stopped by a signal\",\"step\":$step," ||
        fail 'expected the end in the log'
    charnn info --json cv/last.safetensors
    expect_stdout_contains "\"step\":$step,"
    # Resumed, it comes to what it would have been.
    resume --max-steps $((step + 20))
    expect_status 0
    expect_line "resumed     at step $(printf '%s' "$step" | sed -e :a -e 's/\([0-9]\)\([0-9]\{3\}\)\($\|,\)/\1,\2\3/;ta')"
    train text.txt --max-epochs 0 --max-seconds 60 --eval-val-every 0 --print-every 1 \
        --max-steps $((step + 20)) --checkpoint-dir whole
    expect_same_files whole/last.safetensors cv/last.safetensors
    expect_same_files whole/best.safetensors cv/best.safetensors
}

test_termination() {
    make_text text.txt
    start text.txt
    stop TERM
    expect_status 143
    expect_no_stdout
    step=$(last_step)
    charnn info --json cv/last.safetensors
    expect_status 0
    expect_stdout_contains "\"step\":${step:-none},"
}

test_hangup() {
    [ -z "$(sh -c 'kill -HUP $$; echo ignored')" ] || skip 'SIGHUP is ignored here, as under nohup'
    make_text text.txt
    start text.txt
    stop HUP
    expect_status 129
    expect_no_stdout
    step=$(last_step)
    charnn info --json cv/last.safetensors
    expect_status 0
    expect_stdout_contains "\"step\":${step:-none},"
}

# The command that is told can be copied into a shell, whatever the names are.
test_the_command_to_resume() {
    folder="it's \$HOME \"$(printf '\303\251')\""
    make_text text.txt
    start text.txt --checkpoint-dir "$folder" --savefile 'my run'
    stop INT
    expect_status 130
    command=$(sed -n 's/^resume      charnn //p' "$REPORT/err")
    step=$(last_step)
    eval "charnn $command --max-steps $((step + 1))"
    expect_status 0
    expect_stderr_contains "done        all steps done at step $((step + 1))" \
        ": $folder/my run-best.safetensors"
}
