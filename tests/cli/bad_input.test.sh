# shellcheck shell=sh
# Input that cannot be used: one clear sentence each, and exit status 1, or 2 for a misuse.

# train FILE...: a run so small that only the input matters.
train() {
    charnn train "$@" --rnn-size 4 --num-layers 1 --seq-length 10 --max-steps 2 \
        --checkpoint-dir cv --seed 1 --threads 1
}

expect_nothing_made() {
    expect_no_file cv
}

test_empty_file() {
    : >'empty file.txt'
    train 'empty file.txt'
    expect_refusal 1 'empty file.txt' 'is empty'
    expect_nothing_made
}

test_empty_stdin() {
    train -
    expect_refusal 1 'is empty'
}

test_one_character() {
    printf a >one.txt
    train one.txt
    expect_refusal 1 'character'
    expect_nothing_made
}

test_file_shorter_than_a_batch() {
    printf 'to be or not to be, that is the question here' >short.txt
    train short.txt --batch-size 50
    expect_status 0
    expect_stderr_contains 'the text is short: 3 streams of 10 characters instead of 50 of 10'
    expect_file cv/last.safetensors
}

test_missing_file() {
    train missing.txt
    expect_refusal 1 missing.txt 'No such file or directory'
}

test_missing_data_dir() {
    charnn train --data-dir nowhere
    expect_refusal 1 nowhere 'No such file or directory'
    mkdir folder
    charnn train --data-dir folder
    expect_refusal 1 folder/input.txt 'No such file or directory'
}

test_no_file_named() {
    charnn train
    expect_status 2
    expect_no_stdout
    expect_stderr_lines 1
}

test_directory() {
    mkdir folder
    train folder
    expect_refusal 1 'the folder folder has no file in it'
    charnn sample folder
    expect_refusal 1 'the folder folder has neither best.safetensors nor last.safetensors'
    make_checkpoint
    mkdir 'two models'
    for name in b a; do
        cp "$CHECKPOINT" "two models/$name.safetensors"
    done
    charnn sample 'two models'
    expect_refusal 1 "name one of its checkpoints: 'charnn sample 'two models/a.safetensors'', 'charnn sample 'two models/b.safetensors''"
    train --init-from 'two models' "$SHARED/text.txt"
    expect_refusal 1 "name one of its checkpoints: '--init-from 'two models/a.safetensors'', '--init-from "
    for name in c e d; do
        cp "$CHECKPOINT" "folder/$name.safetensors"
        cp "$CHECKPOINT" "folder/x$name.safetensors"
    done
    charnn info folder
    expect_refusal 1 "checkpoints: 'charnn info folder/c.safetensors', 'charnn info folder/d.safetensors', 'charnn info folder/e.safetensors', 'charnn info folder/xc.safetensors' and 2 more"
    rm folder/*
    charnn eval "$CHECKPOINT" folder
    expect_refusal 1 'the folder folder has no file in it'
    charnn eval "$SHARED" folder
    expect_refusal 1 "the folder $SHARED has neither best.safetensors nor last.safetensors"
}

# Root may read everything but a process's memory at address 0.
test_unreadable_file() {
    make_text locked.txt
    chmod 000 locked.txt
    if [ -r locked.txt ]; then
        [ -e /proc/self/mem ] || skip 'root can read every file here'
        train /proc/self/mem
        expect_refusal 1 /proc/self/mem 'Input/output error'
    else
        train locked.txt
        expect_refusal 1 locked.txt 'Permission denied'
    fi
}

test_nul_bytes() {
    make_text text.txt
    printf 'a\000b' >>text.txt
    train text.txt
    expect_refusal 1 text.txt NUL
}

test_unknown_prime_character() {
    make_checkpoint
    charnn sample "$CHECKPOINT" --primetext 'the €' --length 10 --seed 1
    expect_refusal 1 '€'
    printf 'the €' >prime.txt
    charnn sample "$CHECKPOINT" --primetext-file prime.txt --length 10 --seed 1
    expect_refusal 1 '€'
}

test_prime_file_of_another_format() {
    make_checkpoint
    printf '\377\376t\000h\000e\000' >utf16.txt
    for option in --primetext-file --primes; do
        charnn sample "$CHECKPOINT" $option utf16.txt --length 10
        expect_refusal 1 'utf16.txt is UTF-16 text, which cannot be read as it is; make text of it first: iconv -f UTF-16 -t UTF-8 utf16.txt >text.txt'
    done
}

test_missing_prime_file() {
    make_checkpoint
    charnn sample "$CHECKPOINT" --primetext-file nowhere.txt --length 10 --seed 1
    expect_refusal 1 nowhere.txt 'No such file or directory'
}

test_unknown_character_in_eval() {
    make_checkpoint
    printf 'the € is no dollar' >other.txt
    charnn eval "$CHECKPOINT" other.txt
    expect_status 0
    expect_stderr_contains "charnn eval: 1 character not in the vocabulary was skipped: '€' (U+20AC) at position 5" \
        'charnn eval: warning: 5.6% of the text'
    expect_stderr_lines 2
}

test_empty_file_in_eval() {
    make_checkpoint
    : >empty.txt
    charnn eval "$CHECKPOINT" empty.txt
    expect_refusal 1 'is empty'
}

test_values_out_of_range() {
    make_text text.txt
    while read -r option value; do
        charnn train text.txt "--$option" "$value" --checkpoint-dir cv
        expect_refusal 2 "--$option" "$value"
    done <<'END'
rnn-size 0
rnn-size -1
rnn-size 8x
rnn-size 1e3
rnn-size 99999999999999999999
num-layers 0
batch-size 0
seq-length 0
dropout 1
dropout -0.1
recurrent-dropout 1
learning-rate 0
learning-rate nan
learning-rate inf
learning-rate 0x1p-3
train-frac 0
train-frac 1.5
val-frac 1
grad-clip -1
momentum 1
model transformer
optimizer adamw
preset none-such
threads -1
seed -1
seed 18446744073709551616
END
    expect_nothing_made
}

test_empty_value() {
    make_text text.txt
    charnn train text.txt --rnn-size ''
    expect_refusal 2 --rnn-size
}

test_values_out_of_range_for_sampling() {
    make_checkpoint
    while read -r option value; do
        charnn sample "$CHECKPOINT" "--$option" "$value"
        expect_refusal 2 "--$option" "$value"
    done <<'END'
temperature 0
temperature -1
temperature nan
length -1
length many
seed x
END
}

test_fractions_that_exceed_the_text() {
    make_text text.txt
    charnn train text.txt --train-frac 0.9 --val-frac 0.2 --checkpoint-dir cv
    expect_status 2
    expect_no_stdout
    expect_stderr_contains train-frac val-frac
}

test_config_file() {
    make_text text.txt
    charnn train text.txt --config missing.json
    expect_refusal 1 missing.json 'No such file or directory'
    echo '{"rnn_size": 8' >broken.json
    charnn train text.txt --config broken.json
    expect_refusal 1 broken.json
    echo '{"rnn_sice": 8}' >unknown.json
    charnn train text.txt --config unknown.json
    expect_refusal 2 unknown.json rnn_sice
    echo '{"rnn_size": 0}' >range.json
    charnn train text.txt --config range.json
    expect_refusal 2 range.json rnn 0
}

# refuse_checkpoint FILE TEXT...: every command that reads one says the same.
refuse_checkpoint() {
    file=$1
    shift
    charnn sample "$file" --length 10 --seed 1
    expect_refusal 1 "$file" "$@"
    charnn info "$file"
    expect_refusal 1 "$file" "$@"
    charnn eval "$file" "$SHARED/text.txt"
    expect_refusal 1 "$file" "$@"
    charnn train "$SHARED/text.txt" --init-from "$file" --max-steps 1 --checkpoint-dir cv
    expect_refusal 1 "$file" "$@"
}

test_checkpoint_missing() {
    make_checkpoint
    refuse_checkpoint 'no such.safetensors' 'No such file or directory'
}

test_checkpoint_before_training() {
    make_checkpoint
    refuse_checkpoint cv/best.safetensors 'No such file or directory' "first train a model with 'charnn train FILE'"
    mkdir empty
    refuse_checkpoint empty 'has neither best.safetensors nor last.safetensors' "first train a model with 'charnn train FILE'"
    charnn eval "$CHECKPOINT" "$SHARED/text.txt" --per-line --against nowhere.safetensors
    expect_refusal 1 nowhere.safetensors "first train a model with 'charnn train FILE'"
}

test_checkpoint_empty() {
    make_checkpoint
    : >empty.safetensors
    refuse_checkpoint empty.safetensors
}

test_checkpoint_is_text() {
    make_checkpoint
    refuse_checkpoint "$SHARED/text.txt" 'plain text'
}

test_checkpoint_is_truncated() {
    make_checkpoint
    size=$(wc -c <"$CHECKPOINT")
    for part in 1 7 8 100 $((size / 2)) $((size - 1)); do
        head -c "$part" "$CHECKPOINT" >cut.safetensors
        refuse_checkpoint cut.safetensors
    done
}

test_checkpoint_is_too_long() {
    make_checkpoint
    { cat "$CHECKPOINT" && printf x; } >long.safetensors
    refuse_checkpoint long.safetensors
}

test_checkpoint_with_a_changed_byte() {
    make_checkpoint
    edit_header 's/dropout/dropouT/' "$CHECKPOINT" >changed.safetensors
    refuse_checkpoint changed.safetensors 'is damaged: its checksum is '
}

test_checkpoint_of_a_newer_version() {
    make_checkpoint
    # Without its checksum, whose two names are changed.
    edit_header 's/\("charnn\.format":"\)[0-9]/\19/; s/charnn\.xxh64/others.xxh64/
        s/charnn\.checksum/others.checksum/' "$CHECKPOINT" >newer.safetensors
    ! cmp -s "$CHECKPOINT" newer.safetensors || fail 'the version could not be changed'
    refuse_checkpoint newer.safetensors 'version 9' newer
}

test_folder_that_cannot_be_written() {
    make_text text.txt
    : >file
    charnn train text.txt --rnn-size 4 --num-layers 1 --max-steps 1 --checkpoint-dir file/cv
    expect_status 1
    expect_no_stdout
    expect_stderr_contains 'cannot make the folder file'
}

test_resume_without_a_run() {
    make_text text.txt
    charnn train text.txt --resume --checkpoint-dir nowhere
    expect_refusal 1 nowhere
}

test_resume_of_a_run_without_files() {
    make_text text.txt
    train text.txt
    edit_header 's/\[\\"text.txt\\"\]/[            ]/; s/charnn\.xxh64/others.xxh64/; s/charnn\.checksum/others.checksum/' \
        cv/last.safetensors >changed
    mv changed cv/last.safetensors
    charnn train --resume --checkpoint-dir cv
    expect_refusal 1 'cv/last.safetensors: the list of training files is empty; name the files'
    charnn train text.txt --resume --checkpoint-dir cv --max-steps 3
    expect_status 0
}

# ---- outputs that would take the place of something else -----------------------------------------

test_log_over_a_text() {
    make_text text.txt
    cp text.txt before
    train text.txt --log text.txt
    expect_refusal 1 'text.txt exists and is not a charnn log' 'choose another --log'
    expect_same_files before text.txt
    train text.txt --log run.jsonl
    cp cv/last.safetensors before
    for more in '' --resume; do
        # shellcheck disable=SC2086 # no word, or one
        train text.txt --log cv/last.safetensors $more
        expect_refusal 1 'cv/last.safetensors exists and is not a charnn log'
        expect_same_files before cv/last.safetensors
    done
    : >empty
    train text.txt --log empty
    expect_status 0
    expect_file empty
}

test_page_over_a_text() {
    make_checkpoint
    head -n 3 "$SHARED/text.txt" >few.txt
    cp few.txt before
    charnn eval "$CHECKPOINT" few.txt --heat-html few.txt
    expect_refusal 1 'few.txt exists and is not an HTML page' 'name another'
    expect_same_files before few.txt
    for turn in first second; do
        charnn eval "$CHECKPOINT" few.txt --heat-html page.html
        expect_status 0
        [ -s page.html ] || fail "expected a page at the $turn time"
    done
}

# ---- files that change, and files without end ----------------------------------------------------

# while_training COMMAND: a run over long.txt, and the command after its second step.
while_training() {
    [ "$(uname -s)" = Linux ] || skip 'only Linux is known to show it at once'
    make_text text.txt
    cat text.txt text.txt text.txt text.txt >long.txt
    "$CHARNN" train long.txt --rnn-size 4 --num-layers 1 --max-epochs 0 --max-seconds 0 --print-every 1 \
        --checkpoint-dir made >"$REPORT/out" 2>"$REPORT/err" &
    pid=$!
    trap 'kill $pid 2>/dev/null || :' EXIT
    wait_for '^step 2 ' "$REPORT/err"
    eval "$1"
    status=0
    # shellcheck disable=SC2034 # for expect_status
    wait $pid || status=$?
    expect_status 1
    expect_file made/last.safetensors
}

test_text_that_becomes_shorter() {
    while_training ': >long.txt'
    expect_stderr_contains 'charnn: a file was truncated while it was read'
}

test_text_that_is_written_over() {
    while_training 'tr a-z "\001-\032" <long.txt | dd of=long.txt conv=notrunc 2>/dev/null'
    expect_stderr_contains 'charnn train: the text was changed by another program while it was read'
}

# while_scoring COMMAND: an eval --per-line, and the command between its opening of the text and its
# first score: it waits there for the other checkpoint.
while_scoring() {
    [ "$(uname -s)" = Linux ] || skip 'only Linux is known to show it at once'
    make_checkpoint
    cp "$SHARED/text.txt" text.txt
    mkfifo other
    run sh -c '"$1" eval "$2" text.txt --per-line --against other & (eval "$3"; cat "$2") >other; wait $!' \
        sh "$CHARNN" "$CHECKPOINT" "$1"
    expect_status 1
}

test_scored_text_that_becomes_shorter() {
    while_scoring ': >text.txt'
    expect_stderr 'charnn: a file was truncated while it was read, or its disk failed; restart or resume when the file is complete'
}

test_scored_text_that_is_written_over() {
    for change in 'tr a-z "\001-\032"' 'sed s/fox/éa/' 'tr a-z Q'; do
        rm -f other
        while_scoring "$change <text.txt >changed; dd if=changed of=text.txt conv=notrunc 2>/dev/null"
        expect_stderr 'charnn eval: another program changed the text while it was read; run the command again'
    done
}

test_fractions_that_are_more_than_one_by_a_hair() {
    make_text text.txt
    train text.txt --train-frac 0.9 --val-frac 0.1000000001
    expect_status 0
    train text.txt --train-frac 0.9 --val-frac 0.100001
    expect_refusal 2 '--train-frac 0.9 and --val-frac 0.100001 add up to more than 1'
}

test_device_in_place_of_a_file() {
    [ -c /dev/zero ] || skip 'no /dev/zero here'
    make_checkpoint
    cp "$CHECKPOINT" model
    make_text text.txt
    for device in /dev/zero /dev/urandom; do
        sentence="$device is a device, which may have no end; name a file"
        charnn info $device
        expect_refusal 1 "charnn info: $sentence"
        train $device
        expect_refusal 1 "charnn train: $sentence"
        train text.txt $device
        expect_refusal 1 "charnn train: $sentence"
        train text.txt --init-from $device
        expect_refusal 1 "charnn train: $sentence"
        train text.txt --config $device
        expect_refusal 1 "charnn train: $sentence"
        charnn sample model --primetext-file $device
        expect_refusal 1 "charnn sample: $sentence"
        charnn sample model --copy-check $device
        expect_refusal 1 "charnn sample: $sentence"
        charnn eval model $device
        expect_refusal 1 "charnn eval: $sentence"
        charnn eval model text.txt --copy-check $device
        expect_refusal 1 "charnn eval: $sentence"
        charnn eval model text.txt --heat-html page.html --per-line --against $device
        expect_status 1
        expect_stderr "charnn eval: $sentence"
        for command in 'train - --checkpoint-dir cv' "sample model --seed 1 -l 5 --copy-check -" "eval model -" 'info -'; do
            # shellcheck disable=SC2016,SC2086 # for the inner shell; several words
            run sh -c 'device=$1 && shift && exec "$@" <"$device"' sh $device "$CHARNN" $command
            expect_status 1
            expect_stderr "charnn ${command%% *}: standard input is a device, which may have no end; name a file"
        done
    done
    expect_no_file cv
    train /dev/null
    expect_refusal 1 '/dev/null is empty'
}
