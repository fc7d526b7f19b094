# shellcheck shell=sh
# charnn train --resume, and signals: a resumed run equals one that never stopped.

# train ARGUMENT...: a very short run; the arguments override these options.
train() {
    charnn train --rnn-size 4 --num-layers 2 --batch-size 4 --seq-length 10 --learning-rate 0.002 --seed 1 \
        --schedule step --dropout 0.1 --recurrent-dropout 0 --threads 1 --checkpoint-dir cv "$@"
}

# resume ARGUMENT...: with the settings of the checkpoint.
resume() {
    charnn train --resume --checkpoint-dir cv "$@"
}

# start ARGUMENT...: a run in the background that ends when it is told to; waits for its first step, sets $pid.
start() {
    rm -f "$REPORT/err" # of the run before, which would end the wait
    "$CHARNN" train --rnn-size 4 --num-layers 2 --batch-size 4 --seq-length 10 --learning-rate 0.002 --seed 1 \
        --schedule step --dropout 0.1 --recurrent-dropout 0 --threads 1 --checkpoint-dir cv --max-epochs 0 --max-seconds 0 --eval-val-every 0 \
        --print-every 1 "$@" >"$REPORT/out" 2>"$REPORT/err" &
    pid=$!
    wait_for '^step ' "$REPORT/err"
}

# stop SIGNAL: sends the signal to the run and waits for its end.
stop() {
    kill -s "$1" "$pid"
    status=0
    # shellcheck disable=SC2034 # read by lib.sh
    wait "$pid" || status=$?
}

# The step that the run printed at its end.
last_step() {
    sed -n 's/^done        stopped by a signal at step \([0-9]*\), epoch .*/\1/p' "$REPORT/err"
}

# log_lines LOG: the parts that are equal for runs that learn the same.
log_lines() {
    sed -n -e 's/,"chars_per_second":.*,"seconds":[^,}]*//' -e '/^{"event":"\(start\|end\)"/!p' "$1"
}

# A run of 100 steps, with epochs of 90, is stopped after each of $pieces and resumed with another
# number of threads.
resume_everywhere() {
    rm -rf whole cv
    train text.txt "$@" --dropout 0.2 --eval-val-every 30 --print-every 7 --max-steps 100 \
        --checkpoint-dir whole --log whole.jsonl
    expect_status 0
    log_lines whole.jsonl >whole.lines
    for k in $pieces; do
        train text.txt "$@" --dropout 0.2 --eval-val-every 30 --print-every 7 --max-steps "$k" \
            --log run.jsonl
        resume --threads 3 --max-steps 100 --log run.jsonl
        expect_status 0
        expect_line "resumed     at step $k" "changed     --max-steps 100 instead of $k"
        ! grep -q "^rate  " "$REPORT/err" || fail "expected nothing about the rate, which stays"
        expect_same_files whole/last.safetensors cv/last.safetensors
        expect_same_tensors whole/best.safetensors cv/best.safetensors
        log_lines run.jsonl >run.lines
        expect_same_files whole.lines run.lines
        rm -r cv
    done
}

test_in_pieces_with_every_cell_and_optimizer() {
    in_memory
    make_text text.txt
    pieces='17 30' # inside an epoch, without a validation and with one
    for optimizer in rmsprop adam sgd muon; do
        for model in 'rnn' 'gru' 'lstm' 'lstm --peephole'; do
            # shellcheck disable=SC2086 # two words
            resume_everywhere --optimizer $optimizer --model $model
        done
    done
}

# A falling rate, no averaging, several windows a step.
test_in_pieces_with_other_settings() {
    in_memory
    make_text text.txt
    pieces='1 90 99'
    resume_everywhere --average 0 --learning-rate-decay-after 0 --learning-rate-decay-every 0.1
    resume_everywhere --accumulate 3 --warmup-steps 40 --weight-decay 0.1 --val-frac 0 --model gru
    resume_everywhere --skip --model gru
    resume_everywhere --model rnn --l1 0.001 --l2 0.01 --activation-penalty 2 --slowness-penalty 1 \
        --gradient-flow-penalty 1
    resume_everywhere --lstm-variant fgr
    resume_everywhere --attention 7 --dropout 0.2
    resume_everywhere --recurrent-dropout 0.3
}

# The unscheduled validation at a run's end leaves no trace in the resumed run, even if it was the
# best of all.
test_the_validation_at_an_end_leaves_no_trace() {
    in_memory
    make_text text.txt
    # At this rate the loss hardly improves after the first steps.
    set -- --optimizer rmsprop --no-skip --average 0 --dropout 0 --learning-rate 0.5 --eval-val-every 10
    train text.txt "$@" --max-steps 100 --checkpoint-dir whole
    charnn info --json whole/last.safetensors
    best=$(sed -n 's/.*"best_step":\([0-9]*\).*/\1/p' "$REPORT/out")
    [ "$best" -lt 100 ] || fail 'expected a best step before the end'
    for k in $((best + 1)) $((best + 35)); do
        rm -rf cv
        train text.txt "$@" --max-steps $k
        charnn info --json cv/last.safetensors
        ! grep -qF "\"best_step\":$k," "$REPORT/out" || touch was_best
        expect_stdout_contains "],[$k,"
        resume --max-steps 100
        expect_same_files whole/last.safetensors cv/last.safetensors
        expect_same_tensors whole/best.safetensors cv/best.safetensors
        # `last` does not depend on the files saved aside.
        rm -rf cv
        train text.txt "$@" --max-steps $k
        rm -f cv/.scheduled-*
        resume --max-steps 100
        expect_same_files whole/last.safetensors cv/last.safetensors
    done
    expect_file was_best
}

# A run was killed while the best checkpoint had both names: a later best is not lost.
test_a_best_of_two_names() {
    in_memory
    make_text text.txt
    train text.txt --eval-val-every 2 --max-steps 8 --checkpoint-dir whole
    charnn info --json whole/best.safetensors
    expect_stdout_contains '"best_step":8,'
    train text.txt --eval-val-every 2 --max-steps 2
    ln cv/best.safetensors cv/.scheduled-best.safetensors
    resume --max-steps 6
    expect_status 0
    expect_no_file cv/.scheduled-best.safetensors
    resume --max-steps 8
    expect_status 0
    expect_same_tensors whole/best.safetensors cv/best.safetensors
}

# A checkpoint that another run saved aside is not used.
test_a_kept_best_of_another_run() {
    in_memory
    make_text text.txt
    set -- --eval-val-every 2 --average 0
    train text.txt "$@" --max-steps 2
    train text.txt "$@" --max-steps 3 --seed 2
    expect_file cv/.scheduled-best.safetensors
    mv cv/earlier-1/best.safetensors cv/best.safetensors
    mv cv/earlier-1/last.safetensors cv/last.safetensors
    cp cv/best.safetensors before
    resume --max-steps 4 --learning-rate 1e-30 # nothing becomes better
    expect_status 0
    expect_same_files before cv/best.safetensors
    expect_no_file cv/.scheduled-best.safetensors
}

# A rate given on resuming is that of the next step, whatever decayed before; the same command can be
# given again.
test_another_rate() {
    make_text text.txt
    # An epoch is 90 steps: a decay every 9.
    set -- --learning-rate-decay 0.5 --learning-rate-decay-after 0.1 --learning-rate-decay-every 0.1
    train text.txt "$@" --max-steps 60 --print-every 1 --log run.jsonl
    [ "$(grep -c '"step":60,.*"learning_rate":3.125e-05,' run.jsonl)" -eq 1 ] || fail 'expected six decays'
    resume --max-steps 75 --learning-rate 0.001 --log run.jsonl
    expect_status 0
    expect_line 'changed     --learning-rate 0.001 instead of 0.002' \
        'rate        0.001 from this step on; later decays apply to it'
    grep -q '^step 61  .*  rate 0.001$' "$REPORT/err" || fail 'expected the rate in the progress'
    sed -n 's/.*"event":"step","step":\([0-9]*\),.*"learning_rate":\([^,]*\),.*/\1 \2/p' run.jsonl >rates
    for rate in '60 3.125e-05' '61 0.001' '63 0.001' '64 0.0005' '72 0.0005' '73 0.00025'; do
        grep -qx "$rate" rates || fail "expected the rate $rate"
    done
    resume --max-steps 80 --learning-rate 0.001 --log run.jsonl
    expect_line 'rate        0.00025 from this step on; later decays apply to it'
    resume --max-steps 85 --log run.jsonl
    grep -q '"step":81,.*"learning_rate":0.00025,' run.jsonl || fail 'expected it to go on'
    charnn info --json cv/last.safetensors
    expect_stdout_contains '"rate_start":{"step":60,"seconds":0,"rollbacks":0}'
}

# A cosine that has ended goes on as if it had always had the later end.
test_a_later_end_of_a_cosine() {
    make_text text.txt
    train text.txt --schedule cosine --max-steps 30
    resume --max-steps 60 --log run.jsonl --print-every 1
    expect_status 0
    expect_line 'rate        0.001 from this step on, falling to 0 at the end of the run'
    grep -q '"step":31,.*"learning_rate":0.001,' run.jsonl || fail 'expected that rate'
    resume --max-steps 120 --learning-rate 0.004 --log again.jsonl
    expect_line 'rate        0.004 from this step on, falling to 0 at the end of the run'
    grep -q '"step":91,.*"learning_rate":0.002' again.jsonl || fail 'expected half of it half way'
}

test_a_cosine_needs_an_end() {
    make_text text.txt
    train text.txt --schedule cosine --max-epochs 0 --patience 3
    expect_refusal 2 '--schedule cosine needs an end of the run to fall to: give --max-epochs, --max-steps or --max-seconds'
    train text.txt --schedule cosine --max-epochs 0 --max-steps 3
    expect_status 0
    resume --max-epochs 0 --schedule cosine # the checkpoint has an end
    expect_status 0
    resume --max-steps 0
    expect_refusal 2 '--schedule cosine needs an end of the run to fall to'
}

# --max-seconds counts the time of all resumes.
test_time_that_is_up() {
    make_text short.txt
    # So long that no epoch ends, and the last validation is the only one.
    awk '{ all = all $0 "\n" } END { for (i = 0; i < 200; i++) printf "%s", all }' short.txt >text.txt
    train text.txt --max-epochs 0 --max-seconds 0.2 --eval-val-every 0
    expect_status 0
    resume
    expect_status 0
    grep -qE '^done        the run was already complete at step [0-9]*, epoch 0.[0-9]*; to continue it, give --max-seconds above 1$' "$REPORT/err" ||
        fail 'expected that it is complete'
    step=$(sed -n 's/^resumed     at step //p' "$REPORT/err" | tr -d ,)
    resume --max-seconds 600 --max-steps $((step + 2))
    expect_status 0
    expect_stderr_contains 'done        all steps done at step '
    ! grep -q 'already complete' "$REPORT/err" || fail 'expected it to go on'
}

test_a_finished_run() {
    make_text text.txt
    train text.txt --max-steps 3
    cp cv/last.safetensors before
    resume
    expect_status 0
    expect_no_stdout
    expect_line 'done        the run was already complete at step 3, epoch 0.03; to continue it, give --max-steps above 3'
    expect_same_files before cv/last.safetensors
}

# A limit below what the run has done: one sentence that says so, and none that contradicts it.
test_a_limit_that_is_passed() {
    make_text text.txt
    train text.txt --max-epochs 2 --max-seconds 9000
    cp cv/last.safetensors before
    done='done        the run was already complete at step 180, epoch 2.00; to continue it, give'
    resume --max-steps 10
    expect_status 0
    expect_line "$done --max-epochs above 2 and --max-steps above 180"
    [ "$(grep -c '^done' "$REPORT/err")" -eq 1 ] || fail 'expected one end'
    grep '^run ' "$REPORT/err" >length
    ! grep -q 'steps' length || fail 'expected no number of steps'
    ! grep -q '^rate' "$REPORT/err" || fail 'expected no rate of steps that never come'
    resume --max-steps 180 --max-epochs 0
    expect_line "$done --max-steps above 180"
    resume --max-epochs 1
    expect_line "$done --max-epochs above 2"
    resume --max-epochs 0 --max-seconds 1e-9
    expect_line "$done --max-seconds above 1"
    resume --max-epochs 0 --patience 1 --learning-rate 1e-30 --average 0 --max-steps 181
    expect_refusal 2 '--average cannot be changed by --resume: it is 0.99 in cv/last.safetensors, not 0'
    expect_same_files before cv/last.safetensors
    # What it says continues the run.
    resume --max-epochs 3 --max-steps 181
    expect_status 0
    expect_stderr_contains 'done        all steps done at step 181'
    # Stopped before a limit that is then lowered, the run may still make a final validation.
    rm -r cv
    start text.txt --max-seconds 0
    stop TERM
    step=$(last_step)
    resume --max-steps 1
    expect_status 0
    expect_stderr_contains "done        the run was already complete at step $step, epoch " \
        "; to continue it, give --max-steps above $step"
}

test_patience_that_is_over() {
    make_text text.txt
    train text.txt --learning-rate 1e-30 --average 0 --patience 4 --eval-val-every 1
    expect_stderr_contains 'done        no improvement at step 5'
    resume --patience 2
    expect_line 'done        the run was already complete at step 5, epoch 0.06; to continue it, give --patience above 4'
    resume --patience 5
    expect_stderr_contains 'done        no improvement at step 6'
}

# If `last` is damaged or missing, the error tells how to resume from the checkpoint saved aside.
test_a_damaged_last() {
    make_text text.txt
    folder="it's cv"
    train text.txt --max-steps 30 --eval-val-every 10 --checkpoint-dir whole
    train text.txt --max-steps 27 --eval-val-every 10 --savefile x --checkpoint-dir "$folder"
    expect_file "$folder/.x-scheduled-last.safetensors"
    head -c 5000 "$folder/x-last.safetensors" >damaged
    for last in damaged missing; do
        cp -r "$folder" kept
        rm "$folder/x-last.safetensors"
        [ $last = missing ] || cp damaged "$folder/x-last.safetensors"
        charnn train --resume --checkpoint-dir "$folder" --savefile x
        expect_refusal 1 "$folder/x-last.safetensors" \
            '. An earlier checkpoint of the run, of step 20, can be read; to resume from it, first: mv '
        eval "$(sed 's/.*first: //' "$REPORT/err")"
        charnn train --resume --checkpoint-dir "$folder" --savefile x --max-steps 30
        expect_status 0
        expect_line 'resumed     at step 20'
        expect_same_files whole/last.safetensors "$folder/x-last.safetensors"
        rm -r "$folder"
        mv kept "$folder"
    done
    cp damaged "$folder/.x-scheduled-last.safetensors"
    cp damaged "$folder/x-last.safetensors"
    charnn train --resume --checkpoint-dir "$folder" --savefile x
    expect_refusal 1 "$folder/x-last.safetensors"
    ! grep -qF 'earlier checkpoint' "$REPORT/err" || fail 'expected no offer of a damaged checkpoint'
}

# The best checkpoint was removed, damaged or replaced: the run says so and goes on.
test_a_lost_best() {
    make_text text.txt
    train text.txt --max-steps 30 --eval-val-every 10
    cp -r cv whole
    best=$("$CHARNN" info --json cv/best.safetensors |
        sed -n 's/.*"best_val":\([0-9.]*\),"best_step":\([0-9]*\),.*/\1 \2/p')
    lost=$(echo "$best" | awk '{ printf "the best checkpoint (val %.4f nats, %.4f bits/char, at step %d) can no longer be used: ", $1, $1 / 0.6931471805599453, $2 }')
    rm cv/best.safetensors
    resume
    expect_status 0
    reason='cannot open cv/best.safetensors: No such file or directory'
    expect_line "warning     $lost$reason" "best        $lost$reason"
    expect_no_file cv/best.safetensors
    # A damaged file is not touched. The next better validation replaces it.
    head -c 3000 whole/best.safetensors >cv/best.safetensors
    cp cv/best.safetensors damaged
    resume
    expect_status 0
    expect_stderr_contains "warning     ${lost}cv/best.safetensors" "best        ${lost}cv/best.safetensors"
    expect_same_files damaged cv/best.safetensors
    "$CHARNN" train text.txt --rnn-size 4 --max-steps 7 --seed 1 --checkpoint-dir other 2>/dev/null
    cp other/best.safetensors cv/best.safetensors
    resume --max-steps 40
    expect_status 0
    expect_line "warning     ${lost}cv/best.safetensors is of another step or run"
    grep -q '^best        val [0-9.]* nats, [0-9.]* bits/char, at epoch 0.44: cv/best.safetensors$' "$REPORT/err" ||
        fail 'expected a new best'
    # Stopped by a signal, it does not claim that there was no validation yet.
    start text.txt --eval-val-every 1
    wait_for '^epoch .*step 3 ' "$REPORT/err"
    rm cv/best.safetensors
    stop TERM
    ! grep -qF 'before the first validation' "$REPORT/err" || fail 'expected no word of a first validation'
}

# The largest whole numbers, and those that end in zeros, survive checkpoints, info and --config.
test_seeds_of_every_length() {
    make_text text.txt
    for seed in 999999999999990 1000000000000000 1234567890123450 9007199254740990 9007199254740991; do
        rm -rf cv
        train text.txt --max-steps 1 --max-epochs 1000000000 --seed $seed
        expect_status 0
        resume --max-steps 2 --seed $seed
        expect_status 0
        resume --max-steps 3
        expect_status 0
        charnn info cv/last.safetensors
        expect_stdout_contains "--seed $seed"
        charnn info --json cv/last.safetensors
        expect_stdout_contains "\"seed\":$seed," '"max_epochs":1000000000,'
        sed 's/.*"settings":\({[^}]*}\).*/\1/' "$REPORT/out" >settings.json
        charnn train --config settings.json text.txt --checkpoint-dir again
        expect_status 0
        expect_same_tensors cv/last.safetensors again/last.safetensors
    done
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
    expect_refusal 1 'cannot read the training text of the run again: cannot open one: No such file or directory' 'name it after --resume'
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

# A missing or a wrong text on standard input is told from a changed file.
test_standard_input_must_be_given_again() {
    make_text text.txt
    # shellcheck disable=SC2016 # for the inner shell
    run sh -c '"$@" <text.txt' sh "$CHARNN" train - --rnn-size 4 --max-steps 2 --checkpoint-dir "it's" --savefile one
    expect_status 0
    again="; the text of this run came from standard input, so pipe it in again: charnn train --resume --checkpoint-dir 'it'\\''s' --savefile one - <TEXT"
    run "$CHARNN" train --resume --max-steps 3 --checkpoint-dir "it's" --savefile one
    expect_refusal 1 "$again" 'standard input is empty'
    for text in 'something else' 'the quick brown fox'; do
        printf '%s' "$text" >other
        # shellcheck disable=SC2016 # for the inner shell
        run sh -c '"$@" <other' sh "$CHARNN" train --resume --max-steps 3 --checkpoint-dir "it's" --savefile one
        expect_refusal 1 "$again" 'the text is not the one this run was trained on (its checksum differs)'
    done
    # A file that is named is reported as changed.
    run "$CHARNN" train --resume --max-steps 3 --checkpoint-dir "it's" --savefile one other
    expect_refusal 1 'charnn train: the text is not the one this run was trained on'
    # The command in the message works.
    # shellcheck disable=SC2016 # for the inner shell
    run sh -c '"$@" - <text.txt' sh "$CHARNN" train --resume --max-steps 3 --checkpoint-dir "it's" --savefile one
    expect_status 0
}

# A terminal is not read unless the user asks for it.
test_standard_input_is_a_terminal() {
    needs_terminal
    make_text text.txt
    # shellcheck disable=SC2016 # for the inner shell
    run sh -c '"$@" <text.txt' sh "$CHARNN" train - --rnn-size 4 --max-steps 2 --checkpoint-dir cv
    run env SHELL=/bin/sh script -qec "'$CHARNN' train --resume --max-steps 3 --checkpoint-dir cv" /dev/null
    expect_status 1
    expect_stdout_contains "charnn train: standard input is a terminal; the text of this run came from standard input, so pipe it in again: charnn train --resume --checkpoint-dir cv - <TEXT"
}

test_settings_that_may_change() {
    make_text text.txt
    train text.txt --dropout 0.1 --max-steps 2
    resume --max-steps 3 --dropout 0.2 --learning-rate 0.001
    expect_status 0
    charnn info --json cv/last.safetensors
    expect_stdout_contains '"max_steps":3' '"dropout":0.2' '"learning_rate":0.001' '"num_layers":2' \
        '"batch_size":4' \
        '"changes":[[2,"--dropout 0.2 instead of 0.1"],[2,"--learning-rate 0.001 instead of 0.002"]]'
    resume --max-steps 4 --print-every 9 --log run.jsonl
    expect_line 'changed     --max-steps 4 instead of 3' 'changed     --print-every 9 instead of 100'
    grep -qF '"changes":["--max-steps 4 instead of 3","--print-every 9 instead of 100"]}' run.jsonl ||
        fail 'expected the changes in the log'
    charnn info --json cv/last.safetensors
    expect_stdout_contains '[2,"--learning-rate 0.001 instead of 0.002"],[3,"--print-every 9 instead of 100"]]'
    charnn info cv/last.safetensors
    expect_stdout_contains 'changed       step 2: --dropout 0.2 instead of 0.1' \
        '              step 3: --print-every 9 instead of 100'
    resume
    ! grep -q '^changed' "$REPORT/err" || fail 'expected no change'
}

# A cosine falls to the end of the run, so another end changes the rates.
test_a_limit_that_changes_the_rate_is_noted() {
    make_text text.txt
    train text.txt --schedule cosine --max-steps 4
    resume --max-steps 8 --patience 3
    charnn info --json cv/last.safetensors
    expect_stdout_contains '"changes":[[4,"--max-steps 8 instead of 4"]]'
}

test_another_text_is_refused() {
    make_text text.txt
    train text.txt --max-steps 2
    for edit in 's/quick/qiuck/' 's/quick/slow/' 's/quick/QUICK/'; do
        sed "$edit" text.txt >other.txt
        resume --max-steps 3 other.txt
        expect_refusal 1 'the text is not the one this run was trained on (its checksum differs)' --init-from
    done
    # One character in the middle, by another of the text, in the same file of the same age.
    cp text.txt old.txt
    touch -r text.txt age
    awk 'NR == 30 { sub(/lazy/, "lozy") } { print }' old.txt >text.txt
    touch -r age text.txt
    resume --max-steps 3
    expect_refusal 1 'the text is not the one this run was trained on (its checksum differs)'
    cp old.txt text.txt
    resume --max-steps 3 text.txt
    expect_status 0
}

test_settings_that_may_not() {
    make_text text.txt
    train text.txt --max-steps 2
    while read -r option value was; do
        resume "--$option" "$value"
        expect_refusal 2 "--$option cannot be changed by --resume: it is $was in cv/last.safetensors, not $value"
    done <<'END'
rnn-size 5 4
num-layers 1 2
model gru lstm
batch-size 5 4
seq-length 11 10
optimizer adam muon
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
    [ "$(jq -c -s 'map([.event, .step])' run.jsonl)" = '[["start",0],["step",2],["step",4],["end",4],["start",4],["step",6],["end",6]]' ] ||
        fail "expected another log: $(cat run.jsonl)"
    # There is nothing to log of a run that was complete.
    cp run.jsonl before
    resume
    expect_stderr_contains 'the run was already complete at step 6'
    expect_same_files before run.jsonl
    # But a log that lacks its end gets it.
    sed '$d' before >run.jsonl
    resume
    [ "$(jq -r .event run.jsonl | tail -n 2 | tr '\n' ' ')" = 'start end ' ] || fail "expected an end: $(cat run.jsonl)"
}

# Without --log a resumed run continues the log that it had, in whatever folder, and also after the folder moved.
test_log_is_remembered() {
    make_text text.txt
    train "$PWD/text.txt" --max-steps 30 --eval-val-every 10 --print-every 4 --log whole.jsonl \
        --checkpoint-dir whole
    log_lines whole.jsonl >whole.lines
    mkdir elsewhere
    for log in run.jsonl cv/run.jsonl; do
        rm -rf cv
        train "$PWD/text.txt" --max-steps 17 --eval-val-every 10 --print-every 4 --log "$log"
        (cd elsewhere && run "$CHARNN" train --resume --checkpoint-dir ../cv --max-steps 23)
        grep -qE "^note        continuing the log of this run, .*/run.jsonl$" "$REPORT/err" ||
            fail 'expected the name of the log'
        if [ "$log" = cv/run.jsonl ]; then
            mv cv moved
            resume --checkpoint-dir moved --max-steps 25
            expect_line 'note        continuing the log of this run, moved/run.jsonl'
            mv moved cv
        fi
        # The link stays as it is: a kill at no moment loses it.
        before=$(ls -di cv/.log)
        resume --max-steps 30
        expect_status 0
        [ "$(ls -di cv/.log)" = "$before" ] || fail 'expected the same link'
        log_lines "$log" >run.lines
        expect_same_files whole.lines run.lines
        expect_same_files whole/last.safetensors cv/last.safetensors
    done
    # Another log is remembered instead. A log that is no longer the run's is left alone.
    resume --max-steps 31 --log other.jsonl
    resume --max-steps 32
    expect_line "note        continuing the log of this run, $PWD/other.jsonl"
    cp whole.jsonl other.jsonl
    sed -i.old 's/"run":"[0-9a-f]*"/"run":"0123456789abcdef"/' other.jsonl
    cp other.jsonl before
    resume --max-steps 33
    expect_status 0
    expect_line "note        the log of this run, $PWD/other.jsonl, is missing or is now the log of another run, so no log is written; --log FILE begins one"
    expect_same_files before other.jsonl
    rm other.jsonl
    resume --max-steps 34
    expect_line "note        the log of this run, $PWD/other.jsonl, is missing or is now the log of another run, so no log is written; --log FILE begins one"
    expect_no_file other.jsonl
    # An earlier run takes its log along. A new run without a log has none.
    rm -r cv
    train text.txt --max-steps 3 --log cv/run.jsonl
    train text.txt --max-steps 4
    resume --max-steps 5
    ! grep -q 'log of this run' "$REPORT/err" || fail 'expected no log'
    resume --checkpoint-dir cv/earlier-1 --max-steps 6
    expect_line 'note        continuing the log of this run, cv/earlier-1/run.jsonl'
}

# Lines after the last checkpoint, and an incomplete line, are not in the log twice.
test_log_is_rewound() {
    make_text text.txt
    train text.txt --max-steps 30 --eval-val-every 10 --print-every 4 --log run.jsonl
    cp run.jsonl whole.jsonl
    train text.txt --max-steps 27 --eval-val-every 10 --print-every 4 --log run.jsonl
    cp cv/.scheduled-last.safetensors cv/last.safetensors
    printf '{"event":"step","st' >>run.jsonl
    resume --max-steps 30 --log run.jsonl
    expect_status 0
    expect_line 'resumed     at step 20'
    log_lines whole.jsonl >whole.lines
    log_lines run.jsonl >run.lines
    expect_same_files whole.lines run.lines
    # A file that is not a log is not cut.
    printf 'something else' >other
    resume --max-steps 31 --log other
    [ "$(head -c 14 other)" = 'something else' ] || fail 'expected the file as it was'
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
    start text.txt --log run.jsonl --threads 1
    stop INT
    expect_status 130
    expect_no_stdout
    step=$(last_step)
    [ "${step:-0}" -ge 1 ] || fail 'expected to be told the step'
    expect_line "resume      charnn train --resume --checkpoint-dir cv --log run.jsonl --threads 1"
    expect_line "saved       step $step: cv/last.safetensors"
    expect_line 'charnn train: stopping and saving; a second signal stops at once, without saving'
    tail -n 1 run.jsonl | grep -qF "\"reason\":\"stopped by a signal\",\"step\":$step," ||
        fail 'expected the end in the log'
    charnn info --json cv/last.safetensors
    expect_stdout_contains "\"step\":$step,"
    # The resumed run equals one that was not stopped.
    resume --max-steps $((step + 20)) --max-seconds 0 # which would be counted in the checkpoints
    expect_status 0
    expect_line "resumed     at step $(printf '%s' "$step" | sed -e :a -e 's/\([0-9]\)\([0-9]\{3\}\)\($\|,\)/\1,\2\3/;ta')"
    train text.txt --max-epochs 0 --eval-val-every 0 --print-every 1 \
        --max-steps $((step + 20)) --checkpoint-dir whole
    expect_same_files whole/last.safetensors cv/last.safetensors
    expect_same_files whole/best.safetensors cv/best.safetensors
}

# A validation of a second or more: a signal ends it at once, and the resumed run repeats it.
test_interrupt_in_a_validation() {
    make_text short.txt
    awk '{ all = all $0 "\n" } END { for (i = 0; i < 1000; i++) printf "%s", all }' short.txt >text.txt
    set -- --train-frac 0.05 --val-frac 0.9 --eval-val-every 3 --max-steps 4 \
        --print-every 1 --checkpoint-every 3
    train text.txt "$@" --checkpoint-dir whole --log whole.jsonl &
    whole=$!
    start text.txt "$@" --log run.jsonl
    wait_for '"event":"step","step":3' run.jsonl
    kill -s USR1 "$pid"
    wait_for '^saved ' "$REPORT/err"
    "$CHARNN" info --json cv/last.safetensors | grep -qF '"due":{"learning_rate":0.002,"gradient_norm":' ||
        fail 'expected the validation to be due'
    stop INT
    expect_status 130
    expect_line 'saved       step 3: cv/last.safetensors'
    expect_no_file cv/best.safetensors
    expect_no_file cv/step-00000003.safetensors
    ! grep -qF '"event":"validation"' run.jsonl || fail 'expected no validation yet'
    resume --log run.jsonl
    expect_status 0
    wait "$whole" || fail 'expected the other run to succeed'
    for name in last best step-00000003; do
        expect_same_files "whole/$name.safetensors" "cv/$name.safetensors"
    done
    log_lines whole.jsonl >whole.lines
    log_lines run.jsonl >run.lines
    expect_same_files whole.lines run.lines
}

# A sample of many minutes does not delay the end either.
test_interrupt_in_a_sample() {
    make_text text.txt
    start text.txt --sample-every 1 --sample-length 1000000000
    wait_for '^sample ' "$REPORT/err"
    stop TERM
    expect_status 143
    expect_line 'saved       step 1: cv/last.safetensors'
}

# Starts a run, as start() does, and waits for its first step, which takes many minutes.
start_long_step() {
    make_text text.txt
    "$CHARNN" train text.txt --rnn-size 512 --num-layers 3 --batch-size 4 --seq-length 10 --threads 1 \
        --accumulate 100000 --checkpoint-dir cv >"$REPORT/out" 2>"$REPORT/err" &
    pid=$!
    wait_for '^run ' "$REPORT/err"
    wait_for . cv/last.safetensors
}

# A step of many minutes neither.
test_interrupt_in_a_step() {
    start_long_step
    stop INT
    expect_status 130
    expect_line 'saved       step 0: cv/last.safetensors'
    expect_stderr_contains 'resume      charnn train --resume --checkpoint-dir cv'
}

# A second signal ends the run at once, also if it is a different one. Both arrive in a step of minutes
# before the run can react to the first.
test_a_second_signal_ends_it_at_once() {
    start_long_step
    kill -STOP "$pid"
    kill -INT "$pid"
    kill -TERM "$pid"
    stop CONT
    case $status in 130 | 143) ;; *) fail 'expected death by a signal' ;; esac
    expect_stderr_contains 'stopping and saving'
    ! grep -q '^saved ' "$REPORT/err" || fail 'expected no save'
    charnn info --json cv/last.safetensors
    expect_stdout_contains '"step":0,'
}

test_save_and_go_on() {
    make_text short.txt
    # So long that no epoch ends meanwhile, and nothing else is saved.
    awk '{ all = all $0 "\n" } END { for (i = 0; i < 1000; i++) printf "%s", all }' short.txt >text.txt
    start text.txt
    kill -s USR1 "$pid"
    wait_for '^saved ' "$REPORT/err"
    cp cv/last.safetensors now
    step=$(sed -n 's/^saved       step \([0-9]*\): cv\/last.safetensors$/\1/p' "$REPORT/err")
    [ "${step:-0}" -ge 1 ] || fail 'expected to be told the step'
    "$CHARNN" info --json now | grep -qF "\"step\":$step," || fail "expected the checkpoint of step $step"
    stop INT
    expect_status 130
    [ "$(last_step)" -gt "$step" ] || fail 'expected it to go on'
    expect_no_file cv/best.safetensors
    expect_line 'note        there is no best checkpoint before the first validation; use cv/last.safetensors'
    # The checkpoint is like any other, and saving it leaves no trace.
    cp now cv/last.safetensors
    resume --max-steps $((step + 20)) --max-seconds 0 # which would be counted in the checkpoints
    expect_status 0
    train text.txt --max-epochs 0 --eval-val-every 0 --print-every 1 \
        --max-steps $((step + 20)) --checkpoint-dir whole
    expect_same_files whole/last.safetensors cv/last.safetensors
}

test_a_best_that_is_there_is_not_missed() {
    make_text text.txt
    start text.txt --eval-val-every 1
    wait_for . cv/best.safetensors
    stop INT
    expect_status 130
    expect_stderr_contains 'best        val '
    ! grep -qF 'no best' "$REPORT/err" || fail 'expected nothing of a best that is not there'
}

# expect_saved_after SIGNAL STATUS: the signal ends a run with this status, and its last step is saved.
expect_saved_after() {
    make_text text.txt
    start text.txt
    stop "$1"
    expect_status "$2"
    expect_no_stdout
    step=$(last_step)
    charnn info --json cv/last.safetensors
    expect_status 0
    expect_stdout_contains "\"step\":${step:-none},"
}

test_termination() {
    expect_saved_after TERM 143
}

test_hangup() {
    [ -z "$(sh -c 'kill -HUP $$; echo ignored')" ] || skip 'SIGHUP is ignored here, as under nohup'
    expect_saved_after HUP 129
}

# The printed command can be pasted into a shell, whatever the names are.
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
