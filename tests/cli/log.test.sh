# shellcheck shell=sh
# The log of a training run follows scripts/README.md.

needs() {
    command -v "$1" >/dev/null 2>&1 || skip "$1 is not installed"
}

# section: the section on the log in scripts/README.md.
section() {
    sed -n '/^## The log$/,/^## A first sweep$/p' "$ROOT/scripts/README.md"
}

# keys_of EVENT: its keys in scripts/README.md, sorted, one a line, without those of nested objects.
keys_of() {
    # shellcheck disable=SC2016 # backquotes of Markdown
    section | sed -n "s/^| \`$1\` | [^|]* | //p" | sed 's/(its [^)]*)//g' | grep -o '`[a-z_]*`' |
        tr -d '`' | sort
}

# make_log: run.jsonl of a run that ended and was resumed with a later end.
make_log() {
    make_text text.txt
    for steps in 40 60; do
        resume=
        [ $steps -eq 40 ] || resume=--resume
        charnn train text.txt --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 --seed 1 --threads 2 \
            --checkpoint-dir cv --max-steps $steps --eval-val-every 10 --print-every 3 --log run.jsonl $resume
        expect_status 0
    done
}

# expect_keys EVENT LOG: every line of that event has exactly the keys that scripts/README.md lists; only a
# resumed run has changes, and only one with --init-from an origin.
expect_keys() {
    keys_of "$1" >expected
    [ -s expected ] || fail "expected keys of $1 in scripts/README.md"
    jq -r --arg event "$1" 'select(.event == $event) | [keys[]] | sort |
        if $event == "start" then . + ["changes", "origin"] | unique else . end | join(" ")' "$2" | sort -u >found
    [ "$(cat found)" = "$(tr '\n' ' ' <expected | sed 's/ $//')" ] ||
        fail "expected for $1: $(tr '\n' ' ' <expected) and not: $(cat found)"
}

test_the_schema() {
    needs jq
    make_log
    for event in start step validation end; do
        expect_keys $event run.jsonl
    done
    [ "$(jq -r .event run.jsonl | sort -u | tr '\n' ' ')" = 'end start step validation ' ] ||
        fail 'expected these events'
}

test_the_schema_where_it_diverges() {
    needs jq
    make_text text.txt
    charnn train text.txt --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 --seed 1 --threads 1 \
        --schedule step --checkpoint-dir cv --max-steps 5
    charnn train --resume --eval-val-every 40 --learning-rate 2 --weight-decay 10 --max-steps 40 \
        --checkpoint-dir cv --log run.jsonl --max-bad-steps 3
    expect_status 0
    expect_keys skip run.jsonl
    expect_keys rollback run.jsonl
}

# --budget corrects the number of steps while the rate does not depend on it, and checkpoints have the new number.
test_the_schema_of_a_budget() {
    needs jq
    make_text text.txt
    charnn train text.txt --budget 3s --rnn-size 8 --num-layers 1 --seed 1 --threads 1 --log run.jsonl --checkpoint-dir cv
    expect_status 0
    jq -c 'select(.event == "length")' run.jsonl >lengths
    if [ ! -s lengths ]; then # a machine that became much slower
        expect_stderr_contains 'time is up'
        return
    fi
    expect_keys length run.jsonl
    jq -e -s 'all(.max_steps >= 4 * .step)' lengths >/dev/null || fail "expected steps in the first quarter: $(cat lengths)"
    charnn info --json cv/last.safetensors
    [ "$(jq .settings.max_steps "$REPORT/out")" = "$(jq .max_steps lengths | tail -n 1)" ] ||
        fail "expected the last of: $(cat lengths)"
    charnn train text.txt --budget 1s --rnn-size 8 --schedule cosine --log other.jsonl --checkpoint-dir other
    expect_status 0
    ! grep '"length"' other.jsonl || fail 'expected that a cosine keeps its length'
}

test_the_first_line() {
    needs jq
    make_log
    cp "$REPORT/err" said
    charnn --version
    version=$(sed 's/^charnn //' "$REPORT/out")
    head -n 1 run.jsonl | jq -e --arg version "$version" '.schema == 1 and .version == $version and .step == 0 and
        .threads == 2 and .symbols == 40 and .settings.rnn_size == 4 and .settings.seed == 1 and
        (.machine | keys == ["architecture", "name", "processors", "release", "system"]) and
        .machine.processors >= 1 and (has("changes") | not)' >/dev/null || fail "another: $(head -n 1 run.jsonl)"
    [ "$(head -n 1 run.jsonl | jq -r .machine.system)" = "$(uname -s)" ] || fail 'expected the system'
    parameters=$(head -n 1 run.jsonl | jq .parameters)
    [ "$(sed -n 's/^model .* units, \([0-9]*\) parameters$/\1/p' said)" = "$parameters" ] ||
        fail "expected as many parameters as are said, and not $parameters"
    section | grep -q '^version 1 of the schema' || fail 'expected the version in scripts/README.md'
}

# The reason of an end may name a path that is not UTF-8.
test_log_of_a_folder_that_is_not_utf8() {
    needs jq
    folder=$(printf 'caf\351')
    mkdir "$folder" 2>/dev/null || skip 'the file system takes no such name'
    make_text text.txt
    faulty 'rename:3-:EACCES' train text.txt --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 \
        --checkpoint-dir "$folder" --log run.jsonl --max-steps 2 --seed 1 --threads 1
    expect_status 1
    [ "$(tail -n 1 run.jsonl | jq -r '.event, .reason')" = 'end
failed: cannot put caf'"$(printf '\357\277\275')"'/last.safetensors in place: Permission denied; the existing file is from step 0' ] ||
        fail "another reason: $(tail -n 1 run.jsonl)"
}
