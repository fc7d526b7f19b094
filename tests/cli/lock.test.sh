# shellcheck shell=sh
# Only one run at a time writes the checkpoints of a folder; anybody may read them.

# train ARGUMENT...: a very short run; the arguments override these options.
train() {
    charnn train text.txt --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 --max-steps 3 --seed 1 \
        --learning-rate 0.002 --schedule step --dropout 0.1 --recurrent-dropout 0 --threads 1 --checkpoint-dir cv "$@"
}

# start ARGUMENT...: a run in the background that ends when it is told to; waits for its first step, sets $pid.
start() {
    rm -f running.err # of the run before, which would end the wait
    "$CHARNN" train text.txt --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 --seed 1 \
        --threads 1 --max-epochs 0 --max-seconds 0 --eval-val-every 100 --checkpoint-dir cv "$@" \
        >/dev/null 2>running.err &
    pid=$!
    wait_for '^epoch' running.err
}

# finish SIGNAL: ends that run.
finish() {
    kill -s "$1" "$pid"
    wait "$pid" || :
}

test_a_second_run_is_refused() {
    make_text text.txt
    start --log run.jsonl
    grep -q "^$pid " cv/.lock || fail 'expected the process in the lock'
    train --log run.jsonl
    expect_refusal 1 "another run, process $pid on $(uname -n), writes checkpoints to cv" \
        --checkpoint-dir
    train --resume
    expect_refusal 1 "another run, process $pid on "
    [ -s run.jsonl ] || fail 'expected the log as it was'
    # Another --savefile or another folder is free.
    train --savefile other
    expect_status 0
    train --checkpoint-dir elsewhere
    expect_status 0
    finish TERM
    expect_no_file cv/.lock
    train --resume --max-steps 1
    expect_status 0
}

# Two runs in different folders with one log, by whatever name.
test_one_log_of_two_runs() {
    make_text text.txt
    mkdir cv
    train --checkpoint-dir other --log other.jsonl
    start --log run.jsonl
    ln -s run.jsonl link.jsonl
    for log in run.jsonl ./run.jsonl link.jsonl; do
        train --checkpoint-dir new --log "$log"
        expect_refusal 1 "another run writes the log $log; wait for it, stop it, or choose another --log"
        train --checkpoint-dir other --resume --log "$log"
        expect_status 1
        expect_stderr_contains "another run writes the log $log; "
    done
    [ "$(ls -A new)" = '' ] || fail 'expected no checkpoint'
    expect_no_file run.jsonl.earlier-1
    finish TERM
    [ "$(grep -c '"event":"start"' run.jsonl)" -eq 1 ] || fail 'expected the log of one run'
    train --checkpoint-dir new --log run.jsonl
    expect_status 0
    expect_file run.jsonl.earlier-1
    # The new file of a log that was moved away is locked, too.
    start --log run.jsonl
    mv run.jsonl moved.jsonl
    wait_for '"event"' run.jsonl
    train --checkpoint-dir new --log run.jsonl
    expect_refusal 1 'another run writes the log run.jsonl'
    train --checkpoint-dir new --log moved.jsonl
    expect_status 0
    finish TERM
}

test_reading_needs_no_lock() {
    make_text text.txt
    start
    wait_for . cv/best.safetensors
    charnn sample cv/last.safetensors --length 20 --seed 1
    expect_status 0
    charnn eval cv/best.safetensors text.txt
    expect_status 0
    charnn info cv/last.safetensors
    expect_status 0
    charnn train text.txt --init-from cv/best.safetensors --max-steps 1 --checkpoint-dir other
    expect_status 0
    finish TERM
}

test_a_stale_lock_does_not_block() {
    make_text text.txt
    start
    finish KILL
    expect_file cv/.lock
    train --resume --max-steps 1
    expect_status 0
    expect_no_file cv/.lock
    # Nor does a file that something else made, whatever its content.
    echo '1 elsewhere' >cv/.lock
    train
    expect_status 0
    expect_no_file cv/.lock
}

# Temporary files of a killed run are removed, and nothing else.
test_leftovers_are_removed() {
    make_text text.txt
    mkdir cv
    for name in .last.safetensors.tmp-1-0 .best.safetensors.tmp-77-3 .step-00000010.safetensors.tmp-5-0; do
        : >cv/$name
    done
    for name in .x-last.safetensors.tmp-1-0 .last.safetensors.tmp-1 .last.safetensors.tmp-1-0x \
        last.safetensors.tmp-1-0 .notes.tmp-1-0 .last.safetensors.tmp--0 .lastt.safetensors.tmp-1-0; do
        : >cv/$name
    done
    train
    expect_status 0
    # shellcheck disable=SC2010 # for names that are known
    ls -A cv | grep tmp | LC_ALL=C sort >list
    printf '%s\n' .last.safetensors.tmp--0 .last.safetensors.tmp-1 .last.safetensors.tmp-1-0x \
        .lastt.safetensors.tmp-1-0 .notes.tmp-1-0 .x-last.safetensors.tmp-1-0 \
        last.safetensors.tmp-1-0 >expected
    expect_same_files expected list
    train --savefile x
    expect_no_file cv/.x-last.safetensors.tmp-1-0
}

test_a_file_system_without_locks() {
    make_text text.txt
    faulty flock:1-:ENOLCK train text.txt --rnn-size 4 --max-steps 1 --checkpoint-dir cv
    expect_status 0
    expect_line 'note        the file system of cv does not support locks; make sure that no other run writes checkpoints there'
    expect_no_file cv/.lock
}
