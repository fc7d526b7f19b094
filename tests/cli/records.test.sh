# shellcheck shell=sh
# Records: texts of their own, learned with their ends.

# train ARGUMENT...: until the model knows what it read.
train() {
    charnn train --rnn-size 24 --num-layers 1 --batch-size 8 --seq-length 20 --dropout 0 \
        --schedule step --recurrent-dropout 0 --learning-rate 0.01 --max-epochs 30 --val-frac 0.1 --seed 1 --threads 2 "$@"
}

# make_records BETWEEN: 120 records, half of them of two lines, in text.txt.
make_records() {
    awk -v between="$1" 'BEGIN {
        for (i = 0; i < 120; i++) {
            printf "%s%s", (i > 0 ? between : ""), (i * 7 % 5 < 2 ? "red apple" : "blue\nsky")
        }
    }' >text.txt
}

# expect_records N: in standard output are so many of these records, with a blank line in between.
expect_records() {
    echo >>"$REPORT/out"
    awk -v RS= -v expected="$1" '$0 != "red apple" && $0 != "blue\nsky" { exit 1 }
        END { exit NR != expected }' "$REPORT/out" || fail "expected $1 records"
}

test_samples_are_records() {
    make_records '\n \n\n'
    train text.txt --records blank --sample-every 100 --sample-length 30
    expect_status 0
    expect_stderr_contains '14 different, in 120 records: '
    charnn sample cv/last.safetensors -n 100 --seed 1 --temperature 0.1
    expect_status 0
    expect_records 100
    # The first of many is the one alone; text after text is the same as side by side.
    cp "$REPORT/out" many
    charnn sample cv/last.safetensors --seed 1 --temperature 0.1
    expect_records 1
    sed '$d' "$REPORT/out" >first
    head -n "$(wc -l <first)" many >first-of-many
    expect_same_files first-of-many first
    charnn sample cv/last.safetensors -n 2 --seed 1 --primetext blu --argmax --separator ---
    expect_status 0
    printf 'blue\nsky\n---\nblue\nsky' | cmp -s - "$REPORT/out" || fail 'expected two records'
    charnn sample cv/last.safetensors --beam 4 -n 2
    expect_status 0
    expect_records 2
    # A model that forgets to end a record, and is not asked for a length, does not go on for ever.
    charnn sample cv/last.safetensors --forbid 'redapple bluesky
' --argmax
    expect_refusal 1 'no character is left'
    train text.txt --records blank --max-steps 1 --checkpoint-dir begun
    charnn sample begun/last.safetensors --argmax -n 2
    expect_status 0
    [ "$(wc -c <"$REPORT/out")" -eq 20003 ] || fail 'expected two texts of 10,000 characters'
    # A length cuts, and characters that are allowed do not keep a record from its end.
    charnn sample cv/last.safetensors --seed 1 --argmax --length 3
    expect_status 0
    [ "$(wc -c <"$REPORT/out")" -eq 4 ] || fail 'expected 3 characters and a newline'
    charnn sample cv/last.safetensors --seed 1 -n 20 --only rd --length 1000
    expect_status 0
    [ "$(wc -c <"$REPORT/out")" -lt 1000 ] || fail 'expected records with an end'
    charnn sample cv/last.safetensors --seed 1 --only z
    expect_refusal 1 'no character is left'
}

test_min_length() {
    make_records '\n\n'
    train text.txt --records blank
    charnn sample cv/last.safetensors -n 50 --seed 1 --min-length 15 --json
    expect_status 0
    [ "$(grep -c '"end":"record"' "$REPORT/out")" -gt 25 ] || fail 'expected ends of records'
    sed 's/.*"length":\([0-9]*\),.*/\1/' "$REPORT/out" | awk '$1 < 15 { exit 1 }' || fail 'expected 15 characters'
}

# expect_texts N: stdout has N different lines and no others.
expect_texts() {
    [ "$(sort "$REPORT/out" | uniq | wc -l)" -eq "$1" ] || fail "expected $1 different texts"
    [ "$(wc -l <"$REPORT/out")" -eq "$1" ] || fail "expected $1 texts"
}

test_unique_texts() {
    awk 'BEGIN { for (i = 0; i < 300; i++) printf "%c%c%c\n", 97 + i % 5, 97 + i * 7 % 6, 97 + i * 11 % 7 }' >text.txt
    train text.txt --records line --max-epochs 3
    charnn sample cv/last.safetensors -n 100 --seed 1
    [ "$(sort -u "$REPORT/out" | wc -l)" -lt 95 ] || fail 'expected texts that are equal'
    charnn sample cv/last.safetensors -n 100 --seed 1 --unique --threads 1
    expect_status 0
    expect_texts 100
    cp "$REPORT/out" unique
    for threads in 2 8; do # groups of other sizes
        charnn sample cv/last.safetensors -n 100 --seed 1 --unique --threads $threads
        expect_same_files unique "$REPORT/out"
    done
    # Fewer groups: the first texts are the same.
    charnn sample cv/last.safetensors -n 300 --seed 1 --unique --json
    expect_status 0
    sed 's/.*"text":"\([^"]*\)".*/\1/' "$REPORT/out" >texts
    cp texts "$REPORT/out"
    expect_texts 300
    # None of the corpus.
    charnn sample cv/last.safetensors -n 100 --seed 1 --unique --copy-check text.txt
    expect_status 0
    expect_texts 100
    ! grep -qxFf text.txt "$REPORT/out" || fail 'expected no record of the text'
    # What is not to be had is left out.
    charnn sample cv/last.safetensors -n 20 --seed 1 --unique --only ab --min-length 2 --length 2
    expect_status 1
    expect_texts 4
    expect_stderr 'charnn sample: 16 texts are left out, because no other unique one was found: ask for fewer texts, or use a higher --temperature'
    # With primes, records of a file, and without records.
    printf 'a\nab\n' >primes
    charnn sample cv/last.safetensors --primes primes -n 20 --seed 1 --unique
    expect_status 0
    expect_texts 40
    [ "$(grep -c '^ab' "$REPORT/out")" -ge 20 ] || fail 'expected texts of both primes'
    train text.txt --max-steps 50 --checkpoint-dir plain
    charnn sample plain/last.safetensors -n 100 --seed 1 --unique --stop '\n' --copy-check text.txt --separator ''
    expect_status 0
    grep . "$REPORT/out" >texts
    ! grep -qFf texts text.txt || fail 'expected no part of the text'
}

test_interactive() {
    make_records '\n\n'
    train text.txt --records blank
    printf 'red\nblue\n\n' >lines
    run sh -c '"$@" <lines' sh "$CHARNN" sample cv/last.safetensors --interactive --seed 1 --temperature 0.1
    expect_status 0
    expect_records 3 # the last line lets the one before go on, behind its end
}

# The state is zero where a record begins: what is known of the second does not depend on the first.
test_records_do_not_see_each_other() {
    make_records '; '
    train text.txt --records '; '
    printf 'red apple; blue\nsky' >one.txt
    printf 'sky blue apple; blue\nsky' >other.txt
    for file in one other; do
        charnn eval cv/last.safetensors $file.txt --per-char
        expect_status 0
        tail -n 9 "$REPORT/out" | cut -f 3- >$file.second
    done
    head -n 1 one.second | grep -q '^b	' || fail 'expected the second record'
    tail -n 1 one.second | grep -q '^<end>	' || fail 'expected the end of the record'
    expect_same_files one.second other.second
}

test_lines_of_eval() {
    printf 'to be\nor not\n\nto be\n' >text.txt
    train text.txt --records line --max-epochs 2 --val-frac 0 --train-frac 1
    charnn eval cv/last.safetensors text.txt --per-line
    expect_status 0
    cut -f 1,2,6 "$REPORT/out" >columns
    printf 'line\tcharacters\ttext\n1\t6\tto be\n2\t7\tor not\n3\t6\tto be\n' | cmp -s - columns ||
        fail 'expected three lines'
    sum=$(awk 'NR > 1 { nats += $4 } END { printf "%.3f", nats }' "$REPORT/out")
    charnn eval cv/last.safetensors text.txt --exact --json
    expect_status 0
    awk -v RS=, -F: -v sum="$sum" '/"nats"/ { difference = $2 - sum; found = 1 }
        END { exit !(found && difference < 0.002 && difference > -0.002) }' "$REPORT/out" ||
        fail "expected $sum nats"
}

# Lines that stand in the text one after the other are copied, and what goes across them is not.
test_copies_end_with_records() {
    printf 'to be\nor not\n\nto be\nthat is\n' >text.txt
    train text.txt --records line --max-epochs 2 --val-frac 0 --train-frac 1
    printf 'or not\nto be\nthat\n' >other.txt
    charnn eval cv/last.safetensors other.txt --copy-check text.txt --copy-run 4
    expect_status 0
    expect_stdout_contains 'copied      73.3% of 15 characters, in runs longer than 4' \
        'longest     6 characters, from character 7 of the corpus: or not'
    expect_stdout_contains 'records     2 of 3 in the corpus as a whole'
    charnn eval cv/last.safetensors other.txt --copy-check text.txt --copy-run 6 --json
    expect_stdout_contains '"records":3,"records_copied":2'
    expect_stdout_contains '"copied":0,' '"longest_copy":6,' '"longest_copy_at":7,'
    # The same position as in the table of characters.
    charnn eval cv/last.safetensors text.txt --per-char
    sed -n 8p "$REPORT/out" | grep -q '^7	2	o	' || fail 'expected the second line at 7'
    # Of a text that is one stream, the run goes on over the ends of lines.
    train text.txt --max-steps 1 --batch-size 1 --seq-length 5 --train-frac 0.9 --val-frac 0 --checkpoint-dir plain
    charnn eval plain/last.safetensors other.txt --copy-check text.txt --copy-run 4
    expect_stdout_contains 'copied      94.4% of 18 characters, in runs longer than 4' \
        'longest     11 characters, from character 14 of the corpus: \nto be\nthat'
    ! grep -q '^records' "$REPORT/out" || fail 'expected nothing about records'
}

test_copies_of_samples_end_with_records() {
    awk 'BEGIN { for (i = 0; i < 60; i++) print "red\nblue" }' >text.txt
    train text.txt --records line
    charnn sample cv/last.safetensors -n 20 --seed 1 --temperature 0.1 --copy-check text.txt --copy-run 2
    expect_status 0
    [ "$(grep -cxE 'red|blue' "$REPORT/out")" -eq 20 ] || fail 'expected 20 records'
    letters=$(tr -d '\n' <"$REPORT/out" | wc -c)
    expect_line "copied      100.0% of $letters characters, in runs longer than 2" \
        'longest     4 characters, from character 5 of the corpus: blue' \
        'records     20 of 20 in the corpus as a whole'
}

# An end is shown as that of a line, and what separates records is not.
test_heat_of_records() {
    make_records '\n \n\n'
    train text.txt --records blank --max-steps 1
    head -n 8 text.txt >few.txt
    charnn eval cv/last.safetensors few.txt --heat --heat-html page.html
    expect_status 0
    grep -v '^[ 1-7]*$' "$REPORT/out" >shown
    grep . few.txt | grep -v '^ $' | cmp - shown || fail "expected the records: $(cat shown)"
    [ "$(grep -c '^$' "$REPORT/out")" -eq 0 ] || fail 'expected no line between records'
    [ "$(grep -o 'title="[^"]*">↵' page.html | wc -l)" -eq "$(wc -l <shown)" ] ||
        fail 'expected a mark at the end of each line'
}

# Training stops within an epoch and within a record, and goes on there, whatever the threads.
test_resume_is_exact() {
    make_records '\n\n'
    for stop in 10 23; do
        rm -rf whole cv
        train text.txt --records blank --max-steps 40 --threads 1 --checkpoint-dir whole
        expect_status 0
        train text.txt --records blank --max-steps $stop --threads 2 --checkpoint-dir cv
        expect_status 0
        charnn train --resume text.txt --max-steps 40 --threads 3 --checkpoint-dir cv
        expect_status 0
        expect_same_files whole/last.safetensors cv/last.safetensors
    done
    train text.txt --records blank --max-steps 40 --seed 2 --checkpoint-dir other
    expect_status 0
    charnn train --resume text.txt --records line --max-steps 50
    expect_refusal 2 '--records cannot be changed by --resume: it is blank in '
}

# train_copies N ARGUMENT...: a text of 20 different lines and N copies of another.
train_copies() {
    n=$1
    shift
    awk -v n="$n" 'BEGIN {
        for (i = 10; i < 30; i++) print "line " i " of many"
        for (i = 0; i < n; i++) print "the same old words"
    }' >text.txt
    charnn train text.txt --records line --rnn-size 4 --max-steps 2 --batch-size 4 --seq-length 10 \
        --threads 1 "$@"
    expect_status 0
}

# A record whose copies fill the text leaves little to validate or to test, and the run says so.
test_copies_that_empty_a_part() {
    begin='warning     a record that stands 2,000 times in the text makes up 99% of it; because copies stay in one part,'
    end='; remove copies, or divide the text in its own order with --split-seed 0'
    # A copy and its end have 19 symbols, another line 16; an end before them all: 38,321.
    train_copies 2000
    expect_line "$begin 0 characters are left to validate and 304 to test, instead of 1,916 and 1,917$end" \
        'note        there is no validation text, so the newest checkpoint counts as the best'
    train_copies 2000 --val-frac 0.1
    expect_line "$begin 304 characters are left to validate and 0 to test, instead of 3,833 and 0$end"
    train_copies 2000 --split-seed 0
    ! grep -q '^warning' "$REPORT/err" || fail 'expected no warning'
    grep -qE '^text .* to train, 1,9[0-9]* to validate, 1,9[0-9]* to test' "$REPORT/err" ||
        fail 'expected all parts'
    # So few that they do not matter; and no part was asked for.
    train_copies 3 --train-frac 0.6 --val-frac 0.2
    ! grep -q '^warning' "$REPORT/err" || fail 'expected no warning'
    train_copies 2000 --train-frac 1 --val-frac 0
    ! grep -q '^warning' "$REPORT/err" || fail 'expected no warning'
}

# A file that is sorted is split at random, copies of a record are in one part, and eval finds the
# parts again; a run of an earlier version, without a seed, keeps to the order of the text.
test_sorted_records() {
    awk 'BEGIN { for (i = 100; i < 400; i++) { print "key" i; if (i < 140) print "key" i } }' >text.txt
    set -- --records line --train-frac 0.8 --val-frac 0.1 --max-steps 1
    train text.txt "$@"
    expect_status 0
    cp "$REPORT/err" said
    expect_line 'note        40 records are copies of others; copies of a record are in the same part of the text'
    header cv/last.safetensors | grep -qF '\"split_seed\":1,' || fail 'expected the seed of the split'
    for part in train val test; do
        charnn eval cv/last.safetensors --split $part --per-line
        expect_status 0
        expect_no_stderr
        sed 1d "$REPORT/out" | cut -f 6 >$part
        [ "$(sort $part | uniq | grep -c 'key[12]')" -gt 5 ] || fail "expected keys from 100 to 299 in $part"
        [ "$(grep -c key3 $part)" -gt 5 ] || fail "expected keys from 300 on in $part"
    done
    cat train val test | sort | cmp - text.txt || fail 'expected every record once'
    for part in train val test; do
        sort -u $part
    done | sort | uniq -d >both
    [ ! -s both ] || fail "expected no record in two parts: $(cat both)"
    charnn eval cv/last.safetensors --split val --exact
    validated=$(sed -n 's/^characters  //p' "$REPORT/out")
    grep -q ", $validated to validate, " said || fail "expected $validated characters"
    train text.txt "$@" --split-seed 7 --seed 2 --checkpoint-dir seven
    charnn eval seven/last.safetensors --split test --per-line
    sed 1d "$REPORT/out" | cut -f 6 | cmp -s - test && fail 'expected another seed to choose other records'
    train text.txt --max-steps 1 --init-from seven/last.safetensors --checkpoint-dir next
    header next/last.safetensors | grep -qF '\"split_seed\":7,' || fail 'expected the seed of the origin'
    train text.txt "$@" --split-seed 0 --checkpoint-dir zero
    ! grep -q 'copies' "$REPORT/err" || fail 'expected no note'
    charnn eval zero/last.safetensors --split test --per-line
    tail -n 34 text.txt >end
    sed 1d "$REPORT/out" | cut -f 6 | cmp - end || fail 'expected the end of the text'
    mv zero/last.safetensors saved
    edit_header 's/\\"split_seed\\":0,/                 /; s/charnn\.xxh64/others.xxh64/
        s/charnn\.checksum/others.checksum/' saved >zero/last.safetensors
    header zero/last.safetensors | grep -q split_seed && fail 'expected no seed'
    charnn eval zero/last.safetensors --split test --per-line
    sed 1d "$REPORT/out" | cut -f 6 | cmp - end || fail 'expected the end of the text'
    charnn train --resume --checkpoint-dir zero --split-seed 1
    expect_refusal 2 '--split-seed cannot be changed by --resume: it is 0 in zero/last.safetensors, not 1'
    charnn train --resume --checkpoint-dir zero --max-steps 2
    expect_status 0
    charnn eval zero/last.safetensors --split test --per-line
    sed 1d "$REPORT/out" | cut -f 6 | cmp - end || fail 'expected the resumed run to keep the order of the text'
}

test_init_from() {
    printf 'red apple blue sky, red apple blue sky, red apple, blue sky, sky sky sky\n' >plain.txt
    train plain.txt --max-epochs 3 --train-frac 0.9 --checkpoint-dir plain
    expect_status 0
    make_records '\n\n'
    train text.txt --records blank --init-from plain/last.safetensors
    expect_status 0
    expect_stderr_contains 'plus 1 new: the end of a record'
    charnn sample cv/last.safetensors -n 9 --seed 1 --temperature 0.1
    expect_records 9
    # From a model of records the rule is taken, too, unless another is given.
    train text.txt --init-from cv/last.safetensors --checkpoint-dir again --max-epochs 1
    expect_stderr_contains 'in 120 records'
    train text.txt --init-from cv/last.safetensors --checkpoint-dir again --max-epochs 1 --records line
    expect_stderr_contains 'in 192 records'
    charnn train text.txt --init-from cv/last.safetensors --checkpoint-dir again --records ''
    expect_refusal 2 'was trained on records'
}

test_of_dos() {
    make_records '\n%\n'
    echo >>text.txt
    sed "s/\$/$(printf '\r')/" text.txt >dos.txt
    rule=$(printf '\n%%\n.')
    for text in text dos; do
        train $text.txt --records "${rule%.}" --newlines lf --max-epochs 1 --checkpoint-dir $text
        expect_status 0
        expect_stderr_contains 'in 120 records'
    done
    charnn info dos/last.safetensors
    expect_stdout_contains "--records '\\n%\\n'"
    for text in text dos; do
        "$CHARNN" sample $text/last.safetensors -n 3 --seed 1 >$text.out 2>&1
    done
    expect_same_files text.out dos.out
}

test_escapes_of_the_separator() {
    make_records '\n%\\\n'
    train text.txt --records '\n%\\\n' --max-steps 1
    expect_status 0
    expect_stderr_contains 'in 120 records'
    charnn info cv/last.safetensors
    expect_stdout_contains "--records '\\n%\\\\\\n'"
    train --resume --records '\x0a\x25\x5C\x0A' --max-steps 2
    expect_status 0
    train --resume --records '\n' --max-steps 3
    expect_refusal 2 "--records cannot be changed by --resume: it is '\\n%\\\\\\n' in "
    train text.txt --records '\%'
    expect_refusal 2 "--records: '\%' is no escape"
    printf '{"records": "\\n%%\\\\\\n"}' >config.json # JSON has escapes of its own
    train text.txt --config config.json --max-steps 1
    expect_stderr_contains 'in 120 records'
}

# The end symbol before the first record is no character, neither for train nor for eval.
test_train_and_eval_count_alike() {
    printf 'one\ntwo\nsix\nten\n' >text.txt
    train text.txt --records line --max-steps 1 --seq-length 2 --batch-size 1 --train-frac 0.5 --val-frac 0.25 --split-seed 0
    expect_status 0
    expect_line 'text        16 characters (UTF-8), 9 different, in 4 records: 8 to train, 4 to validate, 4 to test'
    charnn eval cv/best.safetensors text.txt
    expect_stdout_contains 'characters  16'
    charnn eval cv/best.safetensors text.txt --split val
    expect_stdout_contains 'characters  4'
}

test_words_that_mean_a_rule() {
    printf 'one\ntwo\n' >text.txt
    for case in lines:line LINE:line lien:line newline:line paragraph:blank Paragraphs:blank BLANK:blank \
        'blank line:blank' empty_lines:blank; do
        train text.txt --records "${case%:*}"
        expect_refusal 2 "--records: '${case%:*}' is not a rule; did you mean '${case#*:}'?"
    done
    for word in record Records recipe; do
        train text.txt --records $word
        expect_refusal 2 "--records: '$word' is not a rule; did you mean 'line' or 'blank'?"
    done
    train text.txt --records '\nlines\n' --max-steps 1 --seq-length 2
    expect_status 0
}

# expect_hint TEXT RULE HINT: what is said of a separator that never occurs in a text, a format of printf.
expect_hint() {
    # shellcheck disable=SC2059
    printf "$1" >text.txt
    train text.txt --records "$2" --max-steps 1 --seq-length 2 --batch-size 1 --val-frac 0
    expect_status 0
    expect_line "note        the text is a single record: the --records separator never occurs in it$3"
}

test_separators_that_never_occur() {
    expect_hint 'one\r\n%%\r\ntwo\r\n' '\n%\n' '; with CR LF line ends it occurs 1 time, so use --newlines lf'
    expect_hint 'one\n%%\ntwo\n' '\r\n%\r\n' '; with LF line ends it occurs 1 time'
    expect_hint 'one\n\n\ntwo\n\n\n3' '\n\n\n\n' \
        '; it has at most 2 blank lines in a row, 2 times, so use --records blank'
    expect_hint 'one\r\n\r\ntwo' '\n\n\n' '; it has at most 1 blank line in a row, 1 time, so use --records blank'
    expect_hint 'one\ntwo\n' '\n\n' '; it has no blank lines'
    expect_hint 'one\ntwo\n' blank '; it has no blank lines'
    expect_hint 'one\ntwo\n' qq '; the rules are line and blank, anything else is the text of a separator'
    expect_hint 'one\n%% \ntwo\n' '\n%\n' "; '%' occurs 1 time, but with other white space around it"
    expect_hint 'one\rtwo\r' line "; its lines end in CR, so use --records '\\r'"
    expect_hint 'one two' '##' ''
    printf 'one\n' >one.txt
    printf 'two\n' >two.txt
    train one.txt two.txt --records '##' --max-steps 1 --seq-length 2 --batch-size 1 --val-frac 0
    expect_line 'note        each file is a single record: the --records separator never occurs in it'
}

test_comparing_needs_the_same_rule() {
    make_records '\n\n'
    train text.txt --records blank --max-epochs 1
    train text.txt --max-epochs 1 --checkpoint-dir plain
    charnn eval cv/last.safetensors text.txt --per-line --against plain/last.safetensors
    expect_refusal 1 'were not trained with the same --records'
    charnn eval cv/last.safetensors text.txt --per-line --against cv/last.safetensors
    expect_status 0
}

# Positions are those of --per-char.
test_positions_of_unknown_characters() {
    make_records '\n\n'
    train text.txt --records blank --max-epochs 1
    printf 'red\n\nq' >other.txt
    charnn eval cv/last.safetensors other.txt
    expect_stderr_contains "'q' (U+0071) at position 5"
    charnn eval cv/last.safetensors other.txt --per-char
    sed -n 6p "$REPORT/out" | grep -q '^5	2	q	' || fail 'expected q at 5'
}

test_refusals() {
    printf '\n\n' >empty.txt
    train empty.txt --records line
    expect_refusal 1 'empty.txt has no records'
    train empty.txt --records "$(printf '\377')"
    expect_refusal 2 '--records: the separator must be valid UTF-8'
    printf 'one line of some length, and no more' >one.txt
    train one.txt --records line --max-steps 1
    expect_status 0
    expect_stderr_contains 'note        the text is a single record'
    train one.txt --records line --train-frac 0.1
    expect_refusal 1 'use a text with more records'
    TMPDIR=$PWD/nowhere
    export TMPDIR
    train one.txt --records line
    expect_refusal 1 'an index of records'
}
