# shellcheck shell=sh
# charnn sample --interactive: primes and commands from a pipe.

# converse ARGUMENT...: runs with the file `lines` as input.
converse() {
    # shellcheck disable=SC2016 # for the inner shell
    run sh -c 'program=$1 && shift && "$program" sample "$@" --interactive <lines' sh "$CHARNN" \
        "$CHECKPOINT" "$@"
}

test_lines_are_continued() {
    make_checkpoint
    printf 'the quick \nfox' >lines
    converse -l 30 --seed 4
    expect_status 0
    expect_no_stderr
    cp "$REPORT/out" both
    charnn sample "$CHECKPOINT" -l 30 --seed 4 --primetext 'the quick '
    head -c 40 both | cmp - "$REPORT/out" || fail 'expected the first text of the seed'
    [ "$(tail -c +41 both | head -n 2 | tail -n 1)" = -------------------- ] ||
        fail 'expected a separator after the text'
    [ "$(tail -c +63 both | head -c 3)" = fox ] || fail 'expected the second prime'
    [ "$(wc -c <both)" -eq $((40 + 22 + 33 + 22)) ] || fail 'expected two texts'
    converse -l 30 --seed 4 --separator =
    [ "$(grep -cx = "$REPORT/out")" -eq 2 ] || fail 'expected that separator'
}

test_empty_input() {
    make_checkpoint
    : >lines
    converse --seed 4
    expect_status 0
    expect_no_stdout
    expect_no_stderr
}

# An empty line continues the text as if --length had been greater.
test_empty_line_continues_the_text() {
    make_checkpoint
    printf 'the \n\n\n' >lines
    converse -l 20 --seed 4 --separator +
    expect_status 0
    charnn sample "$CHECKPOINT" -l 60 --seed 4 --primetext 'the '
    cp "$REPORT/out" whole
    converse -l 20 --seed 4 --separator +
    { head -c 24 whole && printf '\n+\n' && head -c 44 whole | tail -c 20 && printf '\n+\n' &&
        tail -c 20 whole && printf '\n+\n'; } >expected
    expect_same_files expected "$REPORT/out"
}

test_settings_change() {
    make_checkpoint
    cat >lines <<'END'
:length 12
:only ab
the 
:temperature 0.5,0.7
:length 5
:only
:stop e
:stop
:argmax
the 
:argmax false
:top-k 3
:quit
the 
END
    converse --seed 4 --separator =
    expect_status 0
    expect_no_stderr
    [ "$(grep -cx = "$REPORT/out")" -eq 2 ] || fail 'expected the end at :quit'
    head -n 1 "$REPORT/out" | grep -qx 'the [ab]\{12\}' || fail 'expected length and letters to hold'
    charnn sample "$CHECKPOINT" --argmax -l 5 --seed 4 --primetext 'the '
    cp "$REPORT/out" argmax
    converse --seed 4 --separator =
    tail -c +20 "$REPORT/out" | head -c 9 | cmp - argmax || fail 'expected argmax to hold'
}

# At this temperature all characters are about equally likely: equal random numbers give equal texts.
test_changes_repeat_no_random_numbers() {
    make_checkpoint
    printf 'the \n:temperature 100\n\n:temperature 100\nthe \n' >lines
    converse -l 40 --seed 4 --temperature 100 --only abcdefgh --separator =
    expect_status 0
    tr -d '\n' <"$REPORT/out" | tr '=' '\n' | sed 's/^the //' >texts
    [ "$(sort -u texts | grep -c .)" -eq 3 ] || fail 'expected three different texts'
}

# After a message about a wrong line, the next one is read.
test_wrong_lines_are_refused() {
    make_checkpoint
    printf ':temperature 0\n:nonsense\nthe QUICK\n:only Q\n:help\nthe \n' >lines
    converse -l 5 --seed 4 --separator =
    expect_status 1
    expect_stderr_contains "line 1: :temperature: '0' is not allowed" "line 2: unknown command ':nonsense'" \
        "line 3: " "'Q' (U+0051) at position 5" 'line 4: no character is left' ':temperature' \
        ':repetition-penalty'
    tail -n 1 "$REPORT/err" | grep -qx 'charnn sample: 4 input lines refused' ||
        fail 'expected the number of refused lines'
    cp "$REPORT/out" after
    printf 'the \n' >lines
    converse -l 5 --seed 4 --separator =
    expect_status 0
    { printf '\n=\n' && cat "$REPORT/out"; } | cmp - after || fail 'expected an empty text, and the next'
    for option in '-n 2' '--beam 3' '--primetext a'; do
        # shellcheck disable=SC2086 # several words
        converse $option
        expect_refusal 2 --interactive
    done
}

# Each line yields one text, even if it is refused, and --copy-check still reports.
test_texts_stay_in_step() {
    make_checkpoint
    printf 'the \nQ\nfox\n' >lines
    converse -l 5 --seed 4 --separator = --copy-check "$SHARED/text.txt"
    expect_status 1
    expect_stderr_contains 'longest ' 'charnn sample: 1 input line refused'
    tr '\n' '~' <"$REPORT/out" | sed 's/~=~/\n/g' >texts
    [ "$(wc -l <texts)" -eq 3 ] || fail 'expected three texts'
    [ -z "$(sed -n 2p texts)" ] || fail 'expected the second to be empty'
    sed -n 3p texts | grep -q '^fox' || fail 'expected the third text to continue the third line'
}

test_text_that_begins_with_a_colon() {
    make_checkpoint
    printf '::q\n:::\n' >lines
    converse -l 5 --seed 4 --separator = --unknown skip
    expect_status 0
    head -c 2 "$REPORT/out" | grep -qx ':q' || fail 'expected one colon'
    sed -n '/^=$/{n;p;q;}' "$REPORT/out" | grep -q '^::' || fail 'expected two colons'
    charnn sample "$CHECKPOINT" -l 5 --seed 4 -p ':q' --unknown skip
    printf ':help\n::q\n' >lines
    cp "$REPORT/out" wanted
    converse -l 5 --seed 4 --separator = --unknown skip
    head -c 7 "$REPORT/out" | cmp - wanted || fail 'expected the text after the prime :q'
    expect_stderr_contains 'type two colons'
}

# CR LF ends a line if the model was trained with --newlines lf.
test_dos_lines() {
    make_checkpoint
    cr=$(printf '\r')
    sed "s/\$/$cr/" "$SHARED/text.txt" >dos.txt
    charnn train dos.txt --newlines lf --rnn-size 8 --num-layers 1 --batch-size 4 --seq-length 10 \
        --max-steps 5 --seed 1 --threads 1
    expect_status 0
    printf 'the \r\n' >lines
    converse -l 5 --seed 4
    expect_status 1
    expect_stderr_contains "line 1: the prime has 1 character not in the vocabulary: U+000D at position 5"
    CHECKPOINT=cv/last.safetensors
    printf 'the \n\n:length 3\nfox\n:quit\nthe\n' >lines
    converse -l 5 --seed 4 --separator =
    expect_status 0
    cp "$REPORT/out" unix
    [ "$(wc -c <unix)" -eq $((9 + 3 + 5 + 3 + 6 + 3)) ] || fail 'expected three texts'
    sed -i "s/\$/$cr/" lines
    converse -l 5 --seed 4 --separator =
    expect_status 0
    expect_no_stderr
    expect_same_files unix "$REPORT/out"
    printf 'the \r' >lines # a return that no newline follows is one of the text
    converse -l 5 --seed 4
    expect_status 1
    expect_stderr_contains 'U+000D at position 5'
}

test_terminal() {
    needs_terminal
    make_checkpoint
    charnn sample "$CHECKPOINT" -l 20 --seed 4 --only 'abc' --primetext 'the '
    cp "$REPORT/out" expected
    printf 'the \n:quit\n' |
        SHELL=/bin/sh TERM=dumb script -qec "'$CHARNN' sample '$CHECKPOINT' -l 20 --seed 4 --only abc -i" \
            /dev/null >shown
    # Without libedit, what was typed ahead is echoed before the prompt, which then stands before the text.
    tr -d '\r' <shown | sed 's/^> //' | grep -qxFf expected || fail "expected $(cat expected): $(cat shown)"
}

# A NUL byte neither ends a line nor hides the rest of it.
test_lines_with_a_nul_byte() {
    make_checkpoint
    printf 'the\000 quick\n:length 3\000 4\n\000\nthe\n' >lines
    converse -l 5 --seed 4 --separator =
    expect_status 1
    expect_stderr 'line 1: the prime has 1 character not in the vocabulary: U+0000 at position 4; use --unknown skip or --unknown replace to accept it
line 2: a command cannot hold a NUL byte
line 3: the prime has 1 character not in the vocabulary: U+0000 at position 1; use --unknown skip or --unknown replace to accept it
charnn sample: 3 input lines refused'
    [ "$(grep -cx = "$REPORT/out")" -eq 3 ] || fail 'expected two empty texts and one'
    printf 'the\000 quick\n' >lines
    converse -l 5 --seed 4 --unknown skip
    expect_status 0
    printf 'the\000 quick' | cmp -n 10 - "$REPORT/out" || fail 'expected the whole prime'
    # A model that has learned it takes it as a character.
    printf 'a\000b\na\000b\na\000b\na\000b\n' >text
    charnn train text --encoding utf8 --rnn-size 4 --num-layers 1 --batch-size 1 --seq-length 4 --max-steps 2 \
        --checkpoint-dir cv --seed 1 --threads 1
    expect_status 0
    printf 'a\000b\n' >lines
    run sh -c '"$1" sample cv/last.safetensors --interactive -l 4 --seed 4 --argmax <lines' sh "$CHARNN"
    expect_status 0
    printf 'a\000b' | cmp -n 3 - "$REPORT/out" || fail 'expected the whole prime'
}
