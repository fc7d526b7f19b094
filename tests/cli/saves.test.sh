# shellcheck shell=sh
# Checkpoints that cannot be written: the run continues and retries, and existing files stay intact.

# train ARGUMENT...: a very short run; the arguments override these options.
train() {
    charnn train --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 --max-steps 3 --seed 1 \
        --learning-rate 0.002 --schedule step --dropout 0.1 --recurrent-dropout 0 --threads 1 --checkpoint-dir cv "$@"
}

# train_faulty FAULTS ARGUMENT...: a run of 40 steps with a checkpoint at every tenth.
train_faulty() {
    faults=$1
    shift
    faulty "$faults" train text.txt --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 \
        --schedule step --max-steps 40 --eval-val-every 10 --seed 1 --threads 1 --checkpoint-dir cv "$@"
}

# expect_checkpoints: the folder holds only checkpoints, and all can be opened.
expect_checkpoints() {
    # shellcheck disable=SC2010 # the names are known
    ls -A cv | grep -vE '^(best|last|step-[0-9]+|\.scheduled-(best|last))\.safetensors$|^\.lock$' >other || :
    [ ! -s other ] || fail "expected no other files: $(cat other)"
    for checkpoint in cv/*.safetensors; do
        [ ! -f "$checkpoint" ] || "$CHARNN" info "$checkpoint" >/dev/null || fail "$checkpoint is broken"
    done
}

# Whatever fails in a checkpoint, the next one makes up for it.
test_a_failed_save_is_tried_again() {
    in_memory
    make_text text.txt
    train_faulty ''
    cp cv/last.safetensors cv/best.safetensors .
    writes=$(calls_of write)
    middle=$((writes / 2))
    opened=$(($(calls_of open) - 8)) # saves are the last calls
    # Not the first calls: a run that cannot save at all does not start.
    for fault in write:$middle:ENOSPC write:$middle-$((middle + 1)):EIO fsync:4:EIO rename:2:EACCES \
        rename:3-5:ENOSPC open:$opened:EMFILE; do
        rm -rf cv
        train_faulty "$fault"
        expect_status 0
        expect_stderr_contains 'warning     ' '; will retry with the next checkpoint'
        expect_same_files last.safetensors cv/last.safetensors
        expect_same_tensors best.safetensors cv/best.safetensors
        expect_checkpoints
    done
    rm -rf cv
    train_faulty write:$middle:short # no failure: what is left is written by another call
    expect_status 0
    expect_same_files last.safetensors cv/last.safetensors
}

# The last checkpoints fail: the exit status is 1, and the earlier ones are intact.
test_a_save_that_fails_at_the_end() {
    in_memory
    make_text text.txt
    train_faulty ''
    cp cv/last.safetensors .
    middle=$(($(calls_of write) / 2))
    for fault in write:$middle-:ENOSPC fsync:7-:EIO rename:5-:EDQUOT; do
        rm -rf cv
        train_faulty "$fault"
        expect_status 1
        expect_stderr_contains 'charnn train: cannot ' 'cv/last.safetensors' \
            '; the existing file is from step '
        expect_line "resume      charnn train --resume --checkpoint-dir cv --threads 1"
        expect_checkpoints
        charnn train --resume --checkpoint-dir cv
        expect_status 0
        expect_same_files last.safetensors cv/last.safetensors
    done
}

# From the middle of a run no file can be created, as in a folder that has become read-only; either to
# the end or for a while.
test_files_that_cannot_be_created() {
    in_memory
    make_text text.txt
    train_faulty ''
    cp cv/last.safetensors .
    middle=$(($(calls_of open) - 12)) # 3 saves of best and last, each with 2 calls
    rm -rf cv
    train_faulty "open:$middle-:EACCES"
    expect_status 1
    expect_stderr_contains 'cv/last.safetensors: Permission denied; will retry with the next checkpoint' '  step 40  ' \
        'cv/last.safetensors: Permission denied; the existing file is from step 10'
    expect_checkpoints
    charnn train --resume --checkpoint-dir cv
    expect_status 0
    expect_same_files last.safetensors cv/last.safetensors
    rm -rf cv
    train_faulty "open:$middle-$((middle + 3)):EACCES"
    expect_status 0
    expect_stderr_contains 'Permission denied; will retry with the next checkpoint'
    expect_same_files last.safetensors cv/last.safetensors
}

# Without a retry, the message does not promise one.
test_a_save_that_is_not_tried_again() {
    make_text text.txt
    again='; will retry with the next checkpoint'
    train_faulty rename:2-:EDQUOT --checkpoint-every 15
    expect_status 1
    grep '^warning ' "$REPORT/err" >warnings
    [ "$(grep -c 'step-000000[0-9]*\.' warnings)" -eq 2 ] || fail 'expected two warnings of numbered ones'
    ! grep 'step-000000' warnings | grep -qF "$again" || fail 'expected no other try of numbered ones'
    # For best and last at steps 10, 20 and 30, but not at 40.
    [ "$(grep -cF "$again" warnings)" -eq 6 ] || fail 'expected other tries'
    [ "$(tail -n 1 warnings)" = 'warning     cannot put cv/best.safetensors in place: Disk quota exceeded' ] ||
        fail 'expected no other try at the end'
    expect_one_failure cv
    # The first save, best and last at four steps, and two numbered ones.
    [ "$(calls_of rename)" -eq 11 ] || fail 'expected one try for each checkpoint'
    train_faulty rename:1-:EDQUOT --checkpoint-dir other
    expect_status 1
    expect_one_failure other
}

# expect_one_failure FOLDER: the last failure of `last` is reported once, without a promise.
expect_one_failure() {
    grep -nF "$1/last.safetensors" "$REPORT/err" | grep -vF "$again" >failures
    [ "$(wc -l <failures)" -eq 1 ] || fail "expected one sentence: $(cat failures)"
    grep -qF ":charnn train: cannot put $1/last.safetensors in place: Disk quota exceeded" failures ||
        fail "expected it at the end: $(cat failures)"
}

# Likewise after a final validation, and if --patience ends the run.
test_a_last_save_is_tried_once() {
    make_text text.txt
    again='; will retry with the next checkpoint'
    train_faulty rename:2-:EDQUOT --eval-val-every 0 --max-steps 5
    expect_status 1
    expect_one_failure cv
    [ "$(calls_of rename)" -eq 3 ] || fail 'expected one try of best and one of last'
    rm -r cv
    # A validation without improvement ends the run: only the first improves, and writes best.
    train_faulty rename:4-:EDQUOT --learning-rate 1e-30 --average 0 --patience 1 --eval-val-every 1
    expect_status 1
    expect_one_failure cv
    [ "$(calls_of rename)" -eq 4 ] || fail 'expected one try of last'
}

# The checkpoint of a signal cannot be written: the exit status is 1, not that of the signal.
test_a_save_that_fails_at_a_signal() {
    [ -n "${FAULTY-}" ] || skip 'calls cannot be made to fail in this build'
    make_text text.txt
    CHARNN_FAULTS=rename:2-:ENOSPC "$FAULTY" train text.txt --rnn-size 4 --num-layers 1 --threads 1 \
        --max-epochs 0 --max-seconds 0 --eval-val-every 0 --print-every 1 --checkpoint-dir cv \
        >"$REPORT/out" 2>"$REPORT/err" &
    pid=$!
    wait_for '^step ' "$REPORT/err"
    kill -USR1 "$pid"
    wait_for '^warning     cannot put cv/last.safetensors in place' "$REPORT/err"
    kill -TERM "$pid"
    status=0
    wait "$pid" || status=$?
    expect_status 1
    expect_stderr_contains '; the existing file is from step 0'
    "$CHARNN" info --json cv/last.safetensors | grep -qF '"step":0,' || fail 'expected the first checkpoint'
}

test_a_failed_save_is_in_the_log() {
    make_text text.txt
    train_faulty rename:5-:EDQUOT --log run.jsonl
    expect_status 1
    tail -n 1 run.jsonl | grep -qF '"event":"end","reason":"failed: cannot put cv/last.safetensors in place' ||
        fail 'expected the end in the log'
}

test_a_new_run_that_cannot_save_does_not_begin() {
    make_text text.txt
    train_faulty write:2-:ENOSPC
    expect_status 1
    [ "$(tail -n 1 "$REPORT/err")" = 'charnn train: cannot write cv/last.safetensors: No space left on device' ] ||
        fail 'expected a sentence about the checkpoint'
    expect_line 'note        nothing was saved, so the run cannot be resumed'
    ! grep -q '^resume ' "$REPORT/err" || fail 'expected no command that cannot work'
    expect_no_file cv/last.safetensors
    ! grep -q '^step ' "$REPORT/err" || fail 'expected no step'
}

# On a file system without links nothing is saved aside, and the run still reaches its end.
test_without_links() {
    make_text text.txt
    train_faulty ''
    cp cv/last.safetensors .
    rm -rf cv
    train_faulty link:1-:EPERM --max-steps 14
    expect_status 0
    [ "$(calls_of link)" -gt 0 ] || fail 'expected tries of links'
    expect_no_file cv/.scheduled-best.safetensors
    expect_no_file cv/.scheduled-last.safetensors
    expect_checkpoints
    charnn train --resume --max-steps 40 --checkpoint-dir cv
    expect_status 0
    expect_same_files last.safetensors cv/last.safetensors
}

# expect_recovery KIND N: a run that is killed at that call leaves whole checkpoints, and resumed it
# reaches the same end as one that was not killed.
expect_recovery() {
    rm -rf cv
    train_faulty "$1:$2:kill" --max-steps 14
    case $status in 0 | 137) ;; *) fail "expected death at $1 $2" ;; esac
    for name in last best; do
        [ ! -f cv/$name.safetensors ] || "$CHARNN" info cv/$name.safetensors >/dev/null ||
            fail "$name is broken after $1 $2"
    done
    if [ -f cv/last.safetensors ]; then
        charnn train --resume --checkpoint-dir cv
    else
        train_faulty '' --max-steps 14
    fi
    expect_status 0
    expect_same_files last.safetensors cv/last.safetensors
    expect_same_files best.safetensors cv/best.safetensors
    expect_checkpoints
}

test_death_at_every_call() {
    in_memory
    make_text text.txt
    train_faulty '' --max-steps 14
    cp cv/last.safetensors cv/best.safetensors .
    cp "$REPORT/calls" calls
    for kind in open write fsync close rename unlink link; do
        n=$(sed -n "s/^$kind //p" calls)
        [ "$n" -ge 2 ] || fail "expected calls of $kind"
        while [ "$n" -gt 0 ]; do
            expect_recovery $kind "$n"
            [ $kind = write ] && n=$((n - 11)) || n=$((n - 1)) # most are of single tensors
        done
    done
}

# log_lines LOG: what is the same in the logs of two equal runs.
log_lines() {
    sed -n -e 's/,"chars_per_second":.*,"seconds":[^,}]*//' -e '/^{"event":"\(start\|end\)"/!p' "$1"
}

# expect_debts_paid KIND N ARGUMENT...: a run with these options that is killed at that call, and resumed,
# leaves the files and the log of the run in `whole`.
expect_debts_paid() {
    kind=$1
    n=$2
    shift 2
    rm -rf cv run.jsonl*
    train_faulty "$kind:$n:kill" "$@" --log run.jsonl
    case $status in 0 | 137) ;; *) fail "expected death at $kind $n" ;; esac
    if [ -f cv/last.safetensors ]; then
        charnn train --resume --checkpoint-dir cv --log run.jsonl --threads 1
    else
        train_faulty '' "$@" --log run.jsonl
    fi
    expect_status 0
    [ "$(ls -A cv)" = "$(ls -A whole)" ] || fail "after $kind $n expected other files: $(ls -A cv)"
    for file in whole/*.safetensors; do
        expect_same_files "$file" "cv/${file##*/}"
    done
    log_lines run.jsonl >lines
    expect_same_files whole.lines lines
}

# expect_debts_paid_everywhere STEP ARGUMENT...: killed at every call; of writes, at each STEPth.
expect_debts_paid_everywhere() {
    step=$1
    shift
    train_faulty '' "$@" --log run.jsonl
    expect_status 0
    cp "$REPORT/calls" calls
    mv cv whole
    log_lines run.jsonl >whole.lines
    for kind in open write fsync close rename unlink link; do
        i=$(sed -n "s/^$kind //p" calls)
        while [ "${i:-0}" -gt 0 ]; do
            expect_debts_paid "$kind" "$i" "$@"
            [ "$kind" = write ] && i=$((i - step)) || i=$((i - 1))
        done
    done
}

# Checkpoints of all kinds and lines of the log that fall on one step.
test_death_between_the_saves_of_a_step() {
    in_memory
    make_text text.txt
    expect_debts_paid_everywhere 11 --max-steps 12 --eval-val-every 5 --checkpoint-every 5 --print-every 5
    ls whole >names
    grep -q 'step-00000010' names || fail 'expected numbered checkpoints'
    [ "$(grep -c '"event":"validation"' whole.lines)" -eq 2 ] || fail 'expected validations'
}

test_death_in_a_rollback() {
    in_memory
    make_text text.txt
    # 19 ^ 35 overflows a float, 9 ^ 35 does not.
    expect_debts_paid_everywhere 5 --schedule step --learning-rate 2 --weight-decay 10 --max-steps 40 --eval-val-every 40 \
        --max-bad-steps 2 --print-every 10 --checkpoint-every 20
    grep -q '"event":"rollback","step":0,' whole.lines || fail "expected a rollback: $(cat whole.lines)"
}

# Most writes belong to checkpoints; some belong to the log, and fail in the middle of a line.
test_the_log_goes_on_after_a_full_disk() {
    in_memory
    command -v jq >/dev/null 2>&1 || skip 'jq is not installed'
    make_text text.txt
    train_faulty '' --max-steps 4 --log run.jsonl --print-every 1
    n=$(calls_of write)
    first=$((n - 60))
    while [ "$n" -gt $first ]; do
        rm -rf cv
        train_faulty "write:$n:short write:$((n + 1)):ENOSPC" --max-steps 4 --log run.jsonl --print-every 1
        jq -e . run.jsonl >/dev/null || fail "expected lines of JSON at $n"
        ! grep -q 'continues; 1 line is lost' "$REPORT/err" || touch missed
        n=$((n - 4))
    done
    expect_file missed
}

test_a_log_that_is_moved_away() {
    make_text text.txt
    mkfifo pipe
    "$CHARNN" train text.txt --rnn-size 4 --num-layers 1 --max-epochs 0 --max-seconds 0 --print-every 1 \
        --threads 1 --checkpoint-dir cv --log run.jsonl 2>pipe &
    pid=$!
    exec 3<pipe
    while read -r line <&3; do
        case $line in
        'step 3 '*) mv run.jsonl moved.jsonl ;;
        *'continuing in a new file'*) break ;;
        esac
    done
    kill -TERM "$pid"
    cat <&3 >/dev/null
    wait "$pid" || :
    exec 3<&-
    grep -q '"event":"start"' moved.jsonl || fail 'expected the beginning of the log'
    grep -q '"event":"end"' run.jsonl || fail 'expected the end of the log'
}

# A real file system that fills up, and one that becomes read-only.
mount_small() {
    mkdir small
    mount -t tmpfs -o size="$1" tmpfs small 2>/dev/null || skip 'a tmpfs cannot be mounted here'
    trap 'umount small' EXIT
}

test_a_disk_that_fills_up() {
    make_text text.txt
    mount_small 160k
    head -c 60000 /dev/zero >small/other
    # Room for the first checkpoints, but not for all numbered ones.
    train text.txt --max-steps 40 --eval-val-every 10 --checkpoint-every 4 --checkpoint-dir small/cv
    expect_status 1
    expect_stderr_contains 'warning     cannot write small/cv/' 'No space left on device' \
        'charnn train: cannot write small/cv/'
    for checkpoint in small/cv/*.safetensors; do
        "$CHARNN" info "$checkpoint" >/dev/null || fail "$checkpoint is broken"
    done
    rm small/other small/cv/step-*
    charnn train --resume --max-steps 60 --checkpoint-every 0 --checkpoint-dir small/cv
    expect_status 0
    train text.txt --max-steps 60 --eval-val-every 10
    expect_same_tensors cv/last.safetensors small/cv/last.safetensors
}

test_a_disk_that_becomes_read_only() {
    make_text text.txt
    mount_small 1m
    train text.txt --checkpoint-dir small/cv
    cp small/cv/last.safetensors before
    mount -o remount,ro small
    train text.txt --checkpoint-dir small/cv
    expect_status 1
    expect_stderr_contains 'small/cv' 'Read-only file system'
    charnn train --resume --max-steps 5 --checkpoint-dir small/cv
    expect_refusal 1 small/cv 'Read-only file system'
    expect_same_files before small/cv/last.safetensors
    charnn sample small/cv/last.safetensors --length 5 --seed 1
    expect_status 0
}

test_full_disk() {
    # shellcheck disable=SC3045 # asked for, in case the shell has none
    (ulimit -f 300) 2>/dev/null || skip 'the size of files cannot be limited here'
    make_text text.txt
    train text.txt --rnn-size 128
    expect_status 0
    cp -r cv before
    # A limit of the file size fails like a full disk, here in the middle of the first checkpoint
    # (370 kB; the unit is 512 or 1024 bytes).
    # shellcheck disable=SC2016 # for the inner shell
    run sh -c 'ulimit -f 300; exec "$@"' sh "$CHARNN" train --resume --max-steps 4 --checkpoint-dir cv
    expect_status 1
    expect_no_stdout
    expect_line 'warning     cannot write cv/best.safetensors: File too large'
    [ "$(tail -n 1 "$REPORT/err")" = 'charnn train: cannot write cv/last.safetensors: File too large; the existing file is from step 3' ] ||
        fail 'expected a sentence about the checkpoint'
    ls before >expected
    ls cv >list
    expect_same_files expected list
    expect_same_files before/best.safetensors cv/best.safetensors
    expect_same_files before/last.safetensors cv/last.safetensors
    charnn train --resume --max-steps 4 --checkpoint-dir cv
    expect_status 0
}

# without_rights COMMAND...: replaces this shell, without the rights of root to write everywhere.
without_rights() {
    [ "$(id -u)" -eq 0 ] || exec "$@"
    exec setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search "$@"
}

# needs_rights_to_matter: skips if this user can write to read-only folders.
needs_rights_to_matter() {
    mkdir read-only
    chmod 500 read-only
    (without_rights true) 2>/dev/null || skip 'setpriv(1) cannot take rights away here'
    ! (without_rights sh -c ': >read-only/file') 2>/dev/null || skip 'root can write everywhere'
}

test_folder_that_is_read_only() {
    needs_rights_to_matter
    make_text text.txt
    status=0
    (without_rights "$CHARNN" train text.txt --checkpoint-dir read-only) >"$REPORT/out" 2>"$REPORT/err" || status=$?
    expect_status 1
    expect_no_stdout
    expect_stderr_contains read-only 'Permission denied'
    [ "$(grep -c '^charnn train: ' "$REPORT/err")" -eq 1 ] || fail 'expected one sentence'
}

# wait_for_another CHECKPOINT FILE: until the checkpoint differs from the file.
wait_for_another() {
    tries=0
    while cmp -s "$1" "$2"; do
        tries=$((tries + 1))
        [ $tries -lt 1200 ] || fail "expected another $1 within a minute"
        sleep 0.05
    done
}

# start_without_rights: a run in the background that saves at the end of each short epoch; sets $pid.
start_without_rights() {
    rm -rf cv
    : >"$REPORT/err"
    (without_rights "$CHARNN" train text.txt --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 --threads 1 \
        --max-epochs 0 --max-seconds 0 --checkpoint-dir cv) >"$REPORT/out" 2>"$REPORT/err" &
    pid=$!
    wait_for '^epoch 2' "$REPORT/err" # what the first saved is there
}

# stop: ends the run.
stop() {
    kill -TERM "$pid"
    status=0
    wait "$pid" || status=$?
}

# The run continues, existing files stay intact, and it saves again once the folder is writable.
test_folder_that_becomes_read_only() {
    needs_rights_to_matter
    in_memory
    make_text text.txt
    start_without_rights
    chmod 500 cv
    cp cv/last.safetensors before
    wait_for '^warning .*Permission denied; will retry' "$REPORT/err"
    expect_same_files before cv/last.safetensors
    "$CHARNN" info cv/last.safetensors >/dev/null || fail 'expected a whole checkpoint'
    cp cv/best.safetensors best
    chmod 700 cv
    wait_for_another cv/best.safetensors best # whose last try must not be a failed one; `last` follows
    stop
    expect_status 143
    expect_stderr_contains 'saved       step '
    # The folder stays read-only to the end.
    start_without_rights
    chmod 500 cv
    cp cv/last.safetensors before
    wait_for '^warning ' "$REPORT/err"
    stop
    expect_status 1
    expect_stderr_contains 'cv/last.safetensors: Permission denied; the existing file is from step ' \
        "resume      charnn train --resume --checkpoint-dir cv"
    ! grep -q '^saved ' "$REPORT/err" || fail 'expected nothing to be saved'
    expect_same_files before cv/last.safetensors
    chmod 700 cv
}

# If the folder is gone, no message promises a checkpoint.
test_folder_that_is_removed() {
    needs_rights_to_matter
    in_memory
    make_text text.txt
    start_without_rights
    mv cv elsewhere
    wait_for '^warning .*No such file or directory' "$REPORT/err"
    stop
    expect_status 1
    expect_line 'note        nothing was saved, so the run cannot be resumed'
    ! grep -qF 'the existing file' "$REPORT/err" || fail 'expected no checkpoint to be told of'
    "$CHARNN" info elsewhere/last.safetensors >/dev/null || fail 'expected a whole checkpoint'
}

test_folder_where_a_checkpoint_should_be() {
    make_text text.txt
    mkdir -p cv/best.safetensors
    train text.txt
    expect_status 1
    [ "$(tail -n 1 "$REPORT/err")" = 'charnn train: cannot write cv/best.safetensors: it is a directory' ] ||
        fail 'expected a sentence about the checkpoint'
}
