# shellcheck shell=sh
# A new run in the folder of an earlier one, and outputs that are inputs: nothing is lost.

# train ARGUMENT...: a very short run; the arguments override these options.
train() {
    charnn train --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 --max-steps 3 --seed 1 \
        --learning-rate 0.002 --schedule step --dropout 0.1 --recurrent-dropout 0 --threads 1 --checkpoint-dir cv "$@"
}

resume() {
    charnn train --resume --checkpoint-dir cv --threads 1 "$@"
}

# Between the kill of a move and the next start, readers say where the files are.
test_readers_after_a_killed_move() {
    make_text text.txt
    train text.txt --log cv/run.jsonl
    mkdir cv/.earlier
    mv cv/best.safetensors cv/.log cv/run.jsonl cv/.earlier
    why="because a 'charnn train' was killed while it moved the files of cv; use that, or resume the run, which moves them back"
    for command in sample info plot; do
        charnn $command cv
        expect_refusal 1 "the checkpoint is at the moment cv/.earlier/best.safetensors, $why"
    done
    charnn eval cv/best.safetensors text.txt
    expect_refusal 1 "cv/best.safetensors is at the moment cv/.earlier/best.safetensors, $why"
    resume --max-steps 3
    expect_status 0
    charnn sample cv -l 1
    expect_status 0
}

test_two_accidental_starts() {
    make_text text.txt
    train text.txt --max-steps 5 --eval-val-every 2 --checkpoint-every 2
    cp -R cv first
    expect_file first/.scheduled-last.safetensors
    train text.txt --seed 2
    expect_line 'note        moved the files of an earlier run in cv to cv/earlier-1; this continues it: charnn train --resume --checkpoint-dir cv/earlier-1'
    cp -R cv second
    train text.txt --seed 3
    expect_status 0
    expect_line 'note        moved the files of an earlier run in cv to cv/earlier-2; this continues it: charnn train --resume --checkpoint-dir cv/earlier-2'
    [ "$(ls -A first)" = "$(ls -A cv/earlier-1)" ] || fail "expected all files: $(ls -A cv/earlier-1)"
    diff -r first cv/earlier-1 || fail 'expected the first run'
    for name in best last; do
        expect_same_files second/$name.safetensors cv/earlier-2/$name.safetensors
    done
    # A number is not used again, and a folder that is empty is not taken.
    rm -r cv/earlier-1
    mkdir cv/earlier-7
    train text.txt
    expect_file cv/earlier-8/last.safetensors
    expect_no_file cv/earlier-1
    # The run is complete where it is.
    charnn train --resume --checkpoint-dir cv/earlier-2 --max-steps 4 --threads 1
    expect_status 0
    expect_line 'resumed     at step 3'
}

test_init_from_the_same_folder() {
    make_text text.txt
    train text.txt
    cp cv/best.safetensors before
    train text.txt --init-from cv/best.safetensors --seed 2
    expect_status 0
    expect_line 'note        cv/best.safetensors is now cv/earlier-1/best.safetensors'
    expect_stderr_contains 'origin      cv/best.safetensors: '
    expect_same_files before cv/earlier-1/best.safetensors
    train text.txt --init-from ./cv/../cv/last.safetensors --checkpoint-dir "$PWD/cv"
    expect_status 0
    expect_line "note        ./cv/../cv/last.safetensors is now $PWD/cv/earlier-2/last.safetensors"
    # Earlier versions called it so.
    cp before cv/previous-best.safetensors
    train text.txt --init-from cv/previous-best.safetensors
    expect_status 0
    expect_same_files before cv/previous-best.safetensors
}

test_a_log_beside_the_checkpoints() {
    make_text text.txt
    train text.txt --log cv/own.jsonl
    train text.txt --savefile x --log cv/x.jsonl
    train text.txt --checkpoint-dir other --seed 9 --log cv/other.jsonl
    echo '{"event":"start"}' >cv/old.jsonl
    cp -R cv before
    train text.txt --seed 2 # without a log
    expect_status 0
    expect_same_files before/own.jsonl cv/earlier-1/own.jsonl
    expect_no_file cv/own.jsonl
    for name in x.jsonl x-last.safetensors other.jsonl old.jsonl; do
        expect_same_files before/$name cv/$name
    done
    # One that is named, whosever it is.
    train text.txt --log cv/old.jsonl
    expect_status 0
    expect_same_files before/old.jsonl cv/earlier-2/old.jsonl
    grep -q '"event":"end"' cv/old.jsonl || fail 'expected a new log'
    # A log is moved where there is no checkpoint.
    cp cv/old.jsonl before
    train text.txt --checkpoint-dir empty --log empty/old.jsonl
    rm empty/*.safetensors
    train text.txt --checkpoint-dir empty --log empty/old.jsonl
    [ "$(ls empty/earlier-1)" = old.jsonl ] || fail 'expected the log'
}

test_a_log_elsewhere() {
    make_text text.txt
    train text.txt --log run.jsonl
    cp run.jsonl first
    train text.txt --seed 2 --log run.jsonl
    expect_line 'note        renamed the log run.jsonl of an earlier run to run.jsonl.earlier-1'
    cp run.jsonl second
    train text.txt --log ./run.jsonl
    expect_status 0
    expect_same_files first run.jsonl.earlier-1
    expect_same_files second run.jsonl.earlier-2
    [ "$(grep -c '"event":"start"' run.jsonl)" -eq 1 ] || fail 'expected a log of one run'
}

# A run that cannot start moves nothing.
test_a_run_that_does_not_start() {
    make_text text.txt
    train text.txt --log cv/run.jsonl
    find cv | sort >before
    train text.txt --log nowhere/run.jsonl
    expect_status 1
    train text.txt --log text.txt
    expect_status 1
    find cv | sort >after
    expect_same_files before after
    # One whose files cannot be moved, from any of them on.
    for n in 1 2 3 4; do
        faulty rename:$n:EACCES train text.txt --rnn-size 4 --max-steps 1 --log cv/run.jsonl --checkpoint-dir cv
        expect_status 1
        expect_stderr_contains 'cannot rename cv/' 'Permission denied'
        find cv | sort >after
        expect_same_files before after
    done
}

test_the_log_of_another_run() {
    make_text text.txt
    train text.txt --log run.jsonl
    train text.txt --seed 2 --checkpoint-dir other --log other.jsonl
    cp other.jsonl before
    resume --max-steps 4 --log other.jsonl
    expect_refusal 1 'other.jsonl is the log of another run' --log
    expect_same_files before other.jsonl
    # Its own, however its end and its folder change; also one of an earlier version.
    mv cv moved
    charnn train --resume --checkpoint-dir moved --max-steps 4 --log run.jsonl --threads 1
    expect_status 0
    sed 's/"run":"[0-9a-f]*",//' other.jsonl >old.jsonl
    ! cmp -s old.jsonl other.jsonl || fail 'expected an id in the log'
    charnn train --resume --checkpoint-dir moved --max-steps 5 --log old.jsonl --threads 1
    expect_status 0
    tail -n 1 old.jsonl | grep -q '"event":"end".*"step":5,' || fail 'expected the end'
    # A checkpoint of an earlier version.
    edit_header 's/,\\"run\\":\\"[0-9a-f]*\\"/                             /
        s/charnn\.xxh64/others.xxh64/; s/charnn\.checksum/others.checksum/' moved/last.safetensors >edited
    ! header edited | grep -qF '\"run\":' || fail 'expected no id'
    mv edited moved/last.safetensors
    charnn train --resume --checkpoint-dir moved --max-steps 6 --log run.jsonl --threads 1
    expect_status 0
    ! tail -n 3 run.jsonl | grep -qF '"run":' || fail 'expected no id in the log'
}

test_prefixes_of_the_program_itself() {
    make_text text.txt
    train text.txt
    for prefix in previous x-previous .scheduled .x-scheduled; do
        train text.txt --savefile $prefix
        expect_refusal 2 --savefile "'$prefix' is not allowed"
    done
    for prefix in previously scheduled earlier-1 .hidden; do
        train text.txt --savefile $prefix
        expect_status 0
    done
    mv cv/last.safetensors cv/previous-last.safetensors
    resume --savefile previous --max-steps 4 # as an earlier version has left it
    expect_status 0
    resume --savefile .scheduled
    expect_refusal 2 --savefile
}

# reset: the folder of the first run.
reset() {
    rm -rf cv
    cp -R first cv
}

# places NAME: where the file of the first run is.
places() {
    for place in cv/"$1" cv/.earlier/"$1" cv/earlier-1/"$1"; do
        ! cmp -s "$place" first/"$1" || echo "$place"
    done
}

# expect_one_place: each file of the first run has one name, and `last` is not moved before the others.
expect_one_place() {
    for file in first/* first/.scheduled-*; do
        name=${file##*/}
        places "$name" >found
        # A log and the first checkpoint of the new run are others.
        [ "$(wc -l <found)" -eq 1 ] || fail "after $1 expected one $name: $(cat found)"
    done
    [ ! -d cv/earlier-1 ] || [ "$(ls -A cv/earlier-1)" = "$(ls -A first)" ] || fail "after $1 expected all"
}

# start_anew FAULTS
start_anew() {
    faulty "$1" train text.txt --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 --max-steps 1 --seed 2 \
        --threads 1 --checkpoint-dir cv --log cv/run.jsonl --eval-val-every 0
}

# The move is whole or has not happened, for whoever starts a run.
test_killed_while_the_earlier_run_moves() {
    in_memory
    make_text text.txt
    train text.txt --max-steps 5 --eval-val-every 2 --checkpoint-every 2 --log cv/run.jsonl
    cp -R cv first
    rm -f first/.lock
    start_anew ''
    cp "$REPORT/calls" calls
    for kind in open write close rename mkdir unlink fsync; do
        n=$(sed -n "s/^$kind //p" calls)
        [ "$n" -ge 1 ] || fail "expected calls of $kind"
        while [ "$n" -gt 0 ]; do
            reset
            start_anew "$kind:$n:kill"
            expect_one_place "$kind $n"
            moved=no
            [ ! -d cv/earlier-1 ] || moved=yes
            if [ $((n % 2)) -eq 0 ]; then
                start_anew ''
                expect_status 0
                [ $moved = yes ] || expect_no_file cv/earlier-2
                diff -r first cv/earlier-1 || fail "expected the first run after $kind $n"
            elif [ $moved = no ]; then
                resume --log cv/run.jsonl
                expect_status 0
                expect_line 'resumed     at step 5'
                for file in first/*.safetensors first/.scheduled-*; do
                    expect_same_files "$file" "cv/${file##*/}"
                done
            fi
            expect_no_file cv/.earlier
            n=$((n - 1))
        done
    done
}

# The repair is killed, too; and a program that does not know of the move has used the name again.
test_killed_in_the_repair() {
    in_memory
    make_text text.txt
    train text.txt --max-steps 4 --eval-val-every 2 --checkpoint-every 2
    cp -R cv first
    mkdir cv/.earlier
    mv cv/step-* cv/best.safetensors cv/last.safetensors cv/.earlier
    for n in 1 2 3; do
        faulty "rename:$n:kill" train --resume --checkpoint-dir cv
        expect_status 137
    done
    resume
    expect_status 0
    expect_no_file cv/.earlier
    expect_no_file cv/earlier-1
    diff -r first cv || fail 'expected the first run'
    mkdir cv/.earlier
    mv cv/* cv/.earlier
    cp text.txt cv/last.safetensors
    train text.txt
    expect_status 0
    expect_same_files first/last.safetensors cv/earlier-1/last.safetensors
    expect_same_files text.txt cv/earlier-2/last.safetensors
    expect_same_files first/best.safetensors cv/earlier-2/best.safetensors
}

test_killed_while_the_log_moves() {
    in_memory
    make_text text.txt
    train text.txt --log run.jsonl
    cp run.jsonl first
    faulty '' train text.txt --rnn-size 4 --max-steps 1 --checkpoint-dir cv --log other.jsonl
    for kind in $(seq "$(calls_of open)" | sed "s/^/open:/") rename:1 rename:2 write:1 write:2; do
        rm -rf run.jsonl* cv
        cp first run.jsonl
        faulty "$kind:kill" train text.txt --rnn-size 4 --max-steps 1 --checkpoint-dir cv --log run.jsonl
        expect_status 137
        train text.txt --log run.jsonl
        expect_status 0
        grep -l '"step":3,' run.jsonl.earlier-* >found
        [ "$(wc -l <found)" -eq 1 ] || fail "after $kind expected one log of the first run: $(cat found)"
        expect_same_files first "$(cat found)"
    done
}

# ---- outputs that are inputs ---------------------------------------------------------------------

test_a_log_that_is_a_text() {
    make_text text.txt
    train text.txt --log run.jsonl
    cp run.jsonl before
    ln run.jsonl hard
    ln -s run.jsonl soft
    mkdir folder
    cp run.jsonl folder/in.jsonl
    for log in run.jsonl ./cv/../run.jsonl "$PWD/run.jsonl" hard soft; do
        train run.jsonl --log "$log"
        expect_refusal 2 "--log: $log is the same file as the text run.jsonl"
    done
    train folder --log folder/in.jsonl
    expect_refusal 2 'is the same file as the text folder/in.jsonl'
    expect_same_files before run.jsonl
    expect_same_files before folder/in.jsonl
    expect_no_file run.jsonl.earlier-1
}

test_a_log_that_is_a_settings_file() {
    make_text text.txt
    echo '{"rnn_size":4}' >settings.json
    ln -s settings.json link
    train text.txt --config settings.json --log link
    expect_refusal 1 'link exists and is not a charnn log'
    [ "$(cat settings.json)" = '{"rnn_size":4}' ] || fail 'expected the settings'
}

test_a_log_that_is_a_checkpoint() {
    make_text text.txt
    mkdir cv
    for name in last.safetensors best.safetensors step-00000010.safetensors .scheduled-last.safetensors; do
        train text.txt --log cv/$name
        expect_refusal 2 --log "$name in cv"
        train text.txt --log cv/../cv/$name --checkpoint-dir "$PWD/cv"
        expect_refusal 2 --log "$name in "
        expect_no_file cv/$name
    done
    train text.txt --savefile x --log cv/last.safetensors
    expect_status 0
}

test_a_text_that_is_a_checkpoint() {
    make_text text.txt
    mkdir cv
    cp text.txt cv/step-00000004.safetensors
    ln -s cv/step-00000004.safetensors link
    for text in cv/step-00000004.safetensors link; do
        train "$text"
        expect_refusal 2 "--checkpoint-dir: cv/step-00000004.safetensors is the same file as the text $text"
    done
    expect_same_files text.txt cv/step-00000004.safetensors
    echo '{"rnn_size":4}' >settings.json
    ln settings.json cv/best.safetensors
    train text.txt --config settings.json
    expect_refusal 2 'cv/best.safetensors is the same file as the settings file settings.json'
}

test_a_text_that_is_the_lock() {
    make_text text.txt
    mkdir cv
    cp text.txt cv/.lock
    ln -s cv/.lock link
    train link
    expect_refusal 2 'cv/.lock is the same file as the text link'
    train text.txt
    expect_status 0
    cp text.txt cv/.lock
    resume cv/.lock
    expect_refusal 2 'cv/.lock is the same file as the text cv/.lock'
    expect_same_files text.txt cv/.lock
}

# A log of the earlier run that is the text stays where it is.
test_a_text_that_is_the_log_of_the_earlier_run() {
    make_text text.txt
    train text.txt --log cv/run.jsonl
    cp cv/run.jsonl before
    train cv/run.jsonl
    expect_status 0
    expect_file cv/earlier-1/last.safetensors
    expect_same_files before cv/run.jsonl
    resume --max-steps 4
    expect_status 0
}

test_a_page_that_is_an_input() {
    make_checkpoint
    { echo '<!DOCTYPE html>'; head -n 3 "$SHARED/text.txt"; } >page.html
    cp page.html before
    ln -s page.html link.html
    for page in page.html ./page.html link.html; do
        charnn eval "$CHECKPOINT" page.html --heat-html $page
        expect_refusal 2 "--heat-html: $page is the same file as the text page.html"
    done
    charnn eval "$CHECKPOINT" "$SHARED/text.txt" --copy-check page.html --heat-html page.html
    expect_refusal 2 'is the same file as the corpus page.html'
    expect_same_files before page.html
    ln "$CHECKPOINT" checkpoint.safetensors
    charnn eval "$CHECKPOINT" page.html --heat-html checkpoint.safetensors
    expect_refusal 1 'checkpoint.safetensors exists and is not an HTML page'
}

# ---- the log while the run goes on ---------------------------------------------------------------

# disturb: a run whose log is replaced by the file `new` after its third step, and whose name is free
# again when the run has complained.
disturb() {
    make_text text.txt
    mkfifo pipe
    "$CHARNN" train text.txt --rnn-size 4 --num-layers 1 --max-epochs 0 --max-seconds 0 --print-every 1 \
        --threads 1 --checkpoint-dir cv --log run.jsonl 2>pipe &
    pid=$!
    exec 3<pipe
    while read -r line <&3; do
        case $line in
        'step 3 '*) ln run.jsonl moved.jsonl && mv new run.jsonl ;;
        *'cannot write the log run.jsonl: another file has its name'*) mv run.jsonl foreign ;;
        *'continuing in a new file'*) break ;;
        esac
    done
    kill -TERM "$pid"
    cat <&3 >/dev/null
    wait "$pid" || status=$?
    exec 3<&-
    [ "$status" -eq 143 ] || fail 'expected that the run could go on'
    grep -q '"event":"end"' run.jsonl || fail 'expected the end of the log'
}

test_a_foreign_file_in_the_place_of_the_log() {
    echo mine >new
    disturb
    [ "$(cat foreign)" = mine ] || fail 'expected the file as it was'
}

test_a_fifo_in_the_place_of_the_log() {
    mkfifo new
    disturb
    [ -p foreign ] || fail 'expected the FIFO'
}

test_a_log_that_is_a_fifo() {
    make_text text.txt
    mkfifo fifo
    for more in '' --resume; do
        # shellcheck disable=SC2086 # no word, or one
        train text.txt --log fifo $more
        expect_refusal 1 'the log fifo is not a regular file' 'or - for standard output'
        train text.txt # for --resume
    done
    expect_no_file fifo.earlier-1
}

test_a_log_on_standard_output() {
    command -v jq >/dev/null 2>&1 || skip 'jq is not installed'
    make_text text.txt
    train text.txt --print-every 1 --log -
    expect_status 0
    [ "$(jq -r .event "$REPORT/out" | tr '\n' ' ')" = 'start step step step end ' ] ||
        fail 'expected the log'
    resume --max-steps 4 --log -
    [ "$(jq -r .event "$REPORT/out" | tr '\n' ' ')" = 'start step end ' ] || fail 'expected the log'
    expect_no_file ./-
    train text.txt --log - --sample-every 1
    expect_refusal 2 '--log - and --sample-every'
}
