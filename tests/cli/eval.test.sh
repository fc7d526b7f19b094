# shellcheck shell=sh
# charnn eval: totals, tables, heat and JSON, the parts of a text, and refused texts.

evaluate() {
    charnn eval "$@"
}

# The value of a key in the JSON on stdout.
value() {
    sed -n "s/.*\"$1\":\([^,}]*\).*/\1/p" "$REPORT/out"
}

# expect_value KEY VALUE
expect_value() {
    [ "$(value "$1")" = "$2" ] || fail "expected $1 to be $2"
}

# expect_close A B: equal within 1e-6, relative.
expect_close() {
    awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; if (d < 0) d = -d; exit !(a > 0 && d <= 1e-6 * b) }' ||
        fail "expected $1 and $2 to be close"
}

test_json() {
    needs_awk_mathematics
    make_checkpoint
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --json
    expect_status 0
    expect_no_stderr
    [ "$(wc -l <"$REPORT/out")" -eq 1 ] || fail 'expected one line'
    expect_value characters $(($(wc -c <"$SHARED/text.txt") - 1))
    expect_value unknown 0
    nats=$(value nats)
    per_char=$(value nats_per_char)
    expect_close "$per_char" "$(awk -v n="$nats" -v c="$(value characters)" 'BEGIN { printf "%.12g", n / c }')"
    expect_close "$(value bits_per_char)" "$(awk -v n="$per_char" 'BEGIN { printf "%.12g", n / log(2) }')"
    expect_close "$(value perplexity)" "$(awk -v n="$per_char" 'BEGIN { printf "%.12g", exp(n) }')"
}

test_table() {
    make_checkpoint
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --json
    table=$(awk -v c="$(value characters)" -v n="$(value nats_per_char)" \
        -v b="$(value bits_per_char)" -v p="$(value perplexity)" 'BEGIN {
            printf "characters  %d\nnats/char   %.4f\nbits/char   %.4f\nperplexity  %.4g\n", c, n, b, p
        }')
    evaluate "$CHECKPOINT" "$SHARED/text.txt"
    expect_status 0
    expect_no_stderr
    expect_stdout "$table"
}

test_exact() {
    make_checkpoint
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --json
    pieces=$(value nats)
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --json --exact
    expect_status 0
    awk -v a="$pieces" -v b="$(value nats)" 'BEGIN { d = a / b - 1; exit !(d < 1e-3 && d > -1e-3) }' ||
        fail "expected a total close to $pieces"
}

test_threads() {
    make_checkpoint
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --json --threads 1
    cp "$REPORT/out" first
    for threads in 0 2 3; do
        evaluate "$CHECKPOINT" "$SHARED/text.txt" --json --threads $threads
        expect_same_files first "$REPORT/out"
    done
}

test_files_are_joined() {
    make_checkpoint
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --json
    cp "$REPORT/out" whole
    head -c 1001 "$SHARED/text.txt" >one
    : >two
    tail -c +1002 "$SHARED/text.txt" >three
    evaluate "$CHECKPOINT" one two three --json --join
    expect_same_files whole "$REPORT/out"
    # shellcheck disable=SC2016 # for the inner shell
    run sh -c '"$1" eval "$2" one - --json --join <three' sh "$CHARNN" "$CHECKPOINT"
    expect_status 0
    expect_same_files whole "$REPORT/out"
}

# Each file is scored as if it were alone.
test_files_are_scored_each() {
    needs_awk_mathematics
    make_checkpoint
    head -c 1001 "$SHARED/text.txt" >one
    : >two
    tail -c +1002 "$SHARED/text.txt" >three
    for file in one three; do
        evaluate "$CHECKPOINT" $file --json
        value nats >$file.nats
        value nats_per_char >$file.mean
        [ "$(value characters)" -eq $(($(wc -c <$file) - 1)) ] || fail 'expected all but the first'
    done
    evaluate "$CHECKPOINT" one two three --json
    expect_status 0
    expect_no_stderr
    tr '{' '\n' <"$REPORT/out" >objects
    for file in one three; do
        grep -q "^\"file\":\"$file\",.*\"nats\":$(cat $file.nats),\"nats_per_char\":$(cat $file.mean)," objects ||
            fail "expected the result of $file alone"
    done
    grep -q '^"file":"two","characters":0,"nats":0,' objects || fail 'expected nothing of the empty file'
    sed -n 2p objects >total
    for key in characters nats file_mean_nats_per_char; do
        sed "s/.*\"$key\":\([^,]*\).*/\1/" total >total.$key
    done
    [ "$(cat total.characters)" -eq $(($(wc -c <"$SHARED/text.txt") - 2)) ] || fail 'expected the sum of characters'
    expect_close "$(cat total.nats)" "$(cat one.nats three.nats | awk '{ s += $1 } END { printf "%.12g", s }')"
    expect_close "$(cat total.file_mean_nats_per_char)" \
        "$(cat one.mean three.mean | awk '{ s += $1 / 2 } END { printf "%.12g", s }')"
    evaluate "$CHECKPOINT" one two three
    expect_status 0
    expect_stdout_contains 'characters  nats/char  bits/char  perplexity  unknown  file' \
        '         0          -          -           -        0  two'
    awk -v m="$(cat total.file_mean_nats_per_char)" '$6 == "one" { one = $1 == 1000 }
        $1 == "files" { files = $2 == "3;" && ($7 - m) ^ 2 < 1e-8 } END { exit !(one && files) }' \
        "$REPORT/out" || fail 'expected a row for each file, and the mean of files'
}

# A last line without a newline is a line of its own, and lines are counted anew.
test_lines_of_several_files() {
    make_checkpoint
    printf 'the quick\nbrown fox' >one
    printf 'jumps over' >"two	2"
    evaluate "$CHECKPOINT" one "two	2" --per-line
    expect_status 0
    cut -f 1,2,6,7 "$REPORT/out" >columns
    printf '%s\t%s\t%s\t%s\n' line characters text file 1 9 'the quick' one 2 9 'brown fox' one \
        1 9 'jumps over' 'two\t2' | cmp - columns || fail 'expected three lines'
    evaluate "$CHECKPOINT" one "two	2" --per-line --join
    [ "$(cut -f 6 "$REPORT/out" | tail -n 1)" = 'brown foxjumps over' ] || fail 'expected one text'
    evaluate "$CHECKPOINT" one "two	2" --per-line --json
    expect_stdout_contains '"line":1,"characters":9,"unknown":0,' '"text":"jumps over","file":"two\t2"}'
    evaluate "$CHECKPOINT" one "two	2" --per-char
    [ "$(head -n 1 "$REPORT/out" | cut -f 17)" = file ] || fail 'expected the column of files'
    sed -n 21p "$REPORT/out" | cut -f 1-4,17 >row
    printf '1\t1\tj\t\ttwo\\t2\n' | cmp - row || fail 'expected the second text to begin anew'
    evaluate "$CHECKPOINT" one "two	2" --heat --heat-html page.html --copy-check one --copy-run 3
    expect_status 0
    grep -v '^[ 1-7]*$' "$REPORT/out" >shown
    printf 'the quick\nbrown fox\njumps over\n' | cmp - shown || fail 'expected three lines'
    grep -q '>x</span>$' page.html || fail 'expected the first file to end its line in the page'
    expect_stderr_contains 'copied      65.5% of 29 characters' # no run goes on in another file
}

test_split() {
    make_checkpoint
    total=$(wc -c <"$SHARED/text.txt")
    train=$((total * 9 / 10))
    val=$((total * 95 / 100 - train))
    head -c $train "$SHARED/text.txt" >train.txt
    tail -c +$((train + 1)) "$SHARED/text.txt" | head -c $val >val.txt
    tail -c +$((train + val + 1)) "$SHARED/text.txt" >test.txt
    charnn train "$SHARED/text.txt" --rnn-size 8 --num-layers 1 --batch-size 4 --seq-length 10 \
        --max-steps 5 --checkpoint-dir cv --seed 1 --train-frac 0.9 --val-frac 0.05
    for part in train val test; do
        evaluate cv/last.safetensors $part.txt --json
        expect_status 0
        cp "$REPORT/out" expected
        evaluate cv/last.safetensors --split $part --json
        expect_status 0
        expect_no_stderr
        expect_same_files expected "$REPORT/out"
        evaluate cv/last.safetensors "$SHARED/text.txt" --split $part --json
        expect_no_stderr
        expect_same_files expected "$REPORT/out"
    done
}

test_split_of_another_text() {
    make_checkpoint
    head -c 1000 "$SHARED/text.txt" >other.txt
    evaluate "$CHECKPOINT" other.txt --split train
    expect_status 0
    expect_stderr_contains 'not the text' 'training part'
    expect_stderr_lines 1
}

test_split_without_the_text() {
    make_text text.txt
    charnn train text.txt --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 --max-steps 2 \
        --checkpoint-dir cv --seed 1
    expect_status 0
    mv text.txt moved.txt
    evaluate cv/last.safetensors --split val
    expect_refusal 1 text.txt 'No such file or directory' 'name it after the checkpoint'
    evaluate cv/last.safetensors --split val moved.txt
    expect_status 0
    expect_no_stderr
}

test_no_text() {
    make_checkpoint
    evaluate "$CHECKPOINT"
    expect_refusal 2 FILE --split
    evaluate
    expect_refusal 2 CHECKPOINT
}

test_unknown_characters() {
    make_checkpoint
    printf 'the quick brown fox' >plain
    evaluate "$CHECKPOINT" plain --json
    expect_value unknown 0
    nats=$(value nats)
    printf '\303\251the QUquick brown fox' >unknown
    evaluate "$CHECKPOINT" unknown --json
    expect_status 0
    expect_stderr "charnn eval: 3 characters not in the vocabulary were skipped: 'é' (U+00E9) at position 1, 'Q' (U+0051) at position 6, 'U' (U+0055) at position 7
charnn eval: warning: 13.6% of the text is not in the vocabulary, and the result describes only the rest"
    expect_value unknown 3
    expect_value read_as_unknown 0
    expect_value nats "$nats"
    printf 'the Qquick brown fox' >unknown
    evaluate "$CHECKPOINT" unknown
    expect_stderr_contains "charnn eval: 1 character not in the vocabulary was skipped: 'Q' (U+0051) at position 5"
    expect_stdout_contains 'unknown     1 of 20 (5.0%), skipped'
    evaluate "$CHECKPOINT" unknown --unknown error
    expect_refusal 1 "the text has 1 character not in the vocabulary: 'Q' (U+0051) at position 5" '--unknown skip'
    evaluate "$CHECKPOINT" plain unknown --unknown error
    expect_refusal 1 'unknown has 1 character not in the vocabulary'
    evaluate "$CHECKPOINT" plain --unknown error
    expect_status 0
    expect_no_stderr
    # Of a text that is nearly all unknown, that is said beside the perplexity; a few are only told.
    awk 'BEGIN { printf "th"; while (n++ < 200) printf "Q" }' >strange
    evaluate "$CHECKPOINT" strange
    expect_status 0
    expect_stderr_contains 'warning: 99.0% of the text is not in the vocabulary'
    head -n 2 "$REPORT/out" | tail -n 1 | grep -qx 'unknown     200 of 202 (99.0%), skipped' ||
        fail 'expected the unknown characters below the characters'
    { cat "$SHARED/text.txt" && printf Q; } >few
    evaluate "$CHECKPOINT" few plain
    expect_stderr "charnn eval: few: 1 character not in the vocabulary was skipped: 'Q' (U+0051) at position $(wc -c <few | tr -d ' ')"
}

test_too_short() {
    make_checkpoint
    printf t >one
    evaluate "$CHECKPOINT" one
    expect_refusal 1 'the text has 1 character;' 'at least 2'
    printf 'QtQ' >one
    evaluate "$CHECKPOINT" one
    expect_refusal 1 'the text has 1 character in the vocabulary' 'at least 2'
    printf 'the quick' >short
    evaluate "$CHECKPOINT" short --split val
    expect_status 1
    expect_no_stdout
    expect_stderr_contains 'the validation part has' 'at least 2'
    : >empty
    evaluate "$CHECKPOINT" empty
    expect_refusal 1 'empty'
}

test_full_disk() {
    [ -e /dev/full ] || skip 'no /dev/full here'
    make_checkpoint
    for option in --json --exact; do
        # shellcheck disable=SC2016 # for the inner shell
        run sh -c '"$@" >/dev/full' sh "$CHARNN" eval "$CHECKPOINT" "$SHARED/text.txt" $option
        expect_refusal 1 'No space left on device'
    done
}

# add_up COLUMN: the sum of a column of the table on stdout.
add_up() {
    awk -F '\t' -v column="$1" 'NR > 1 { sum += $column } END { printf "%.9g", sum }' "$REPORT/out"
}

# expect_sum A B: equal within the rounding of tables.
expect_sum() {
    awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; exit !(d < 0.01 && d > -0.01) }' ||
        fail "expected the sums $1 and $2 to be equal"
}

# The text of make_text with out-of-vocabulary characters and without a final newline.
make_draft() {
    { head -n 12 "$SHARED/text.txt" && printf 'the Quick\tfox\\ <&> \377 ju' &&
        printf '\n\nso it goes'; } >draft.txt
}

test_per_line() {
    make_checkpoint
    make_draft
    evaluate "$CHECKPOINT" draft.txt --json --exact
    total=$(value nats)
    characters=$(value characters)
    unknown=$(value unknown)
    evaluate "$CHECKPOINT" draft.txt --per-line
    expect_status 0
    expect_stderr_lines 1
    [ "$(head -n 1 "$REPORT/out")" = "$(printf 'line\tcharacters\tunknown\tnats\tbits_per_char\ttext')" ] ||
        fail 'expected a row of column names'
    [ "$(wc -l <"$REPORT/out")" -eq 16 ] || fail 'expected a row for each line'
    expect_sum "$(add_up 4)" "$total"
    [ "$(add_up 2)" -eq "$characters" ] || fail "expected $characters characters"
    [ "$(add_up 3)" -eq "$unknown" ] || fail "expected $unknown unknown characters"
    sed -n 2p "$REPORT/out" | cut -f 6 >first
    head -n 1 draft.txt | cmp - first || fail 'expected the first line as it is'
    [ "$(sed -n 14p "$REPORT/out" | cut -f 6)" = 'the Quick\tfox\\ <&> \xff ju' ] ||
        fail 'expected tab, backslash and stray byte to be escaped'
    [ "$(sed -n 15p "$REPORT/out" | cut -f 2)" -eq 1 ] || fail 'expected an empty line to have its end'
    cp "$REPORT/out" lines
    evaluate "$CHECKPOINT" draft.txt --per-line --threads 3
    expect_same_files lines "$REPORT/out"
}

test_per_line_as_json() {
    make_checkpoint
    make_draft
    evaluate "$CHECKPOINT" draft.txt --per-line
    cp "$REPORT/out" lines
    evaluate "$CHECKPOINT" draft.txt --per-line --json
    expect_status 0
    [ "$(wc -l <"$REPORT/out")" -eq 15 ] || fail 'expected an object for each line'
    [ "$(sed -n 's/^{"line":3,"characters":\([0-9]*\),.*/\1/p' "$REPORT/out")" = \
        "$(sed -n 4p lines | cut -f 2)" ] || fail 'expected the same numbers'
    expect_stdout_contains '"text":"the Quick\tfox\\ <&> '"$(printf '\357\277\275')"' ju"'
    command -v python3 >/dev/null 2>&1 || return 0
    python3 -c 'import json, sys; [json.loads(line) for line in open(sys.argv[1])]' "$REPORT/out" ||
        fail 'expected JSON'
}

test_per_char() {
    needs_awk_mathematics
    make_checkpoint
    make_draft
    evaluate "$CHECKPOINT" draft.txt --json --exact
    total=$(value nats)
    evaluate "$CHECKPOINT" draft.txt --per-char
    expect_status 0
    [ "$(wc -l <"$REPORT/out")" -eq $(($(wc -c <draft.txt) + 1)) ] ||
        fail 'expected a row for each character'
    expect_sum "$(add_up 4)" "$total"
    awk -F '\t' 'NF != 16 { exit 1 }' "$REPORT/out" || fail 'expected 16 columns'
    awk -F '\t' 'NR > 1 && $4 != "" {
        if ($6 < 1 || $8 < $10 || $10 < $12 || $12 < $14 || $14 < $16) exit 1
        if ($8 + $10 + $12 + $14 + $16 > 1.001) exit 1
        p = exp(-$4)
        if ($6 <= 5 && ($(5 + 2 * $6) != $3 || (d = $(6 + 2 * $6) - p) > 1e-4 || d < -1e-4)) exit 1
        if ($6 > 5 && p > $16 + 1e-4) exit 1
    }' "$REPORT/out" || fail 'expected rank, probabilities and nats to agree'
    sed -n 2p "$REPORT/out" | grep -q "$(printf '^1\t1\tt\t\t\t\t')" ||
        fail 'expected the first character not to be scored'
    grep -q "$(printf '\tQ\t\t\t\t')" "$REPORT/out" || fail 'expected an out-of-vocabulary character'
    evaluate "$CHECKPOINT" draft.txt --per-char --json
    expect_status 0
    [ "$(wc -l <"$REPORT/out")" -eq "$(wc -c <draft.txt)" ] || fail 'expected an object for each'
    expect_stdout_contains '{"position":1,"line":1,"char":"t","known":true}' '"char":"Q","known":false}'
    [ "$(sed -n 2p "$REPORT/out" | grep -o '"p":' | wc -l)" -eq 5 ] || fail 'expected five alternatives'
}

test_against() {
    make_checkpoint
    charnn train "$SHARED/text.txt" --rnn-size 8 --num-layers 1 --batch-size 4 --seq-length 10 \
        --max-steps 60 --checkpoint-dir other --seed 1 --threads 1
    evaluate other/last.safetensors "$SHARED/text.txt" --per-line
    cp "$REPORT/out" other.tsv
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --per-line
    cp "$REPORT/out" this.tsv
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --per-line --against other/last.safetensors
    expect_status 0
    expect_no_stderr
    paste this.tsv other.tsv "$REPORT/out" | awk -F '\t' 'NR > 1 {
        if ($4 != $16 || $10 != $18 || $19 >= 0 || (d = $19 - ($10 - $4)) > 1e-5 || d < -1e-5) exit 1
    }' || fail 'expected the numbers of both models, and the one trained longer to be better'
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --against other/last.safetensors
    expect_refusal 2 --against --per-line
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --per-line --against missing.safetensors
    expect_refusal 1 missing.safetensors
}

test_tables_exclude_each_other() {
    make_checkpoint
    for options in '--per-line --per-char' '--per-line --heat' '--heat --per-char'; do
        # shellcheck disable=SC2086 # several words
        evaluate "$CHECKPOINT" "$SHARED/text.txt" $options
        expect_refusal 2 --per-line
    done
}

# No option is ignored silently.
test_options_that_have_no_effect_are_refused() {
    make_checkpoint
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --heat --json
    expect_refusal 2 --heat --json
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --copy-run 20
    expect_refusal 2 --copy-run --copy-check
    for option in --against --heat-html --copy-check; do
        evaluate "$CHECKPOINT" "$SHARED/text.txt" --per-line $option ''
        expect_refusal 2 "$option: '' is not allowed; it takes a non-empty text"
    done
    # --heat-html and --copy-check also work beside a table or --heat.
    for table in --per-line --per-char --heat; do
        evaluate "$CHECKPOINT" "$SHARED/text.txt" $table
        cp "$REPORT/out" alone
        evaluate "$CHECKPOINT" "$SHARED/text.txt" $table --heat-html page.html --copy-check "$SHARED/text.txt"
        expect_same_files alone "$REPORT/out"
        expect_stderr_contains 'longest '
        expect_file page.html
        rm page.html
    done
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --json --exact
    cp "$REPORT/out" alone
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --json --heat-html page.html
    expect_same_files alone "$REPORT/out"
    expect_file page.html
}

# Without colours, the text is unchanged, with digits below each line.
test_heat_without_a_terminal() {
    make_checkpoint
    make_draft
    evaluate "$CHECKPOINT" draft.txt --per-char
    cp "$REPORT/out" characters
    evaluate "$CHECKPOINT" draft.txt --heat
    expect_status 0
    ! grep -q "$(printf '\033')" "$REPORT/out" || fail 'expected no colours'
    sed -n 1p "$REPORT/out" >line
    head -n 1 draft.txt | cmp - line || fail 'expected the first line'
    digits=$(awk -F '\t' 'NR > 1 && $2 == 1 {
        printf "%s", $5 < 1 ? " " : $5 < 2 ? 1 : $5 < 3 ? 2 : $5 < 4 ? 3 : $5 < 6 ? 4 : $5 < 8 ? 5 : $5 < 11 ? 6 : 7
    }' characters)
    [ "$(sed -n 2p "$REPORT/out")" = "$digits" ] || fail "expected the digits $digits"
    tail -n 2 "$REPORT/out" | head -n 1 | grep -qx 'so it goes' || fail 'expected the last line'
}

# Each digit is in the column of its character, also after tabs, wide characters and marks.
test_heat_is_aligned() {
    make_text page
    { cat page && printf 'x\ta\315\217\344\270\255\t\315\217\n'; } >text
    charnn train text --rnn-size 8 --num-layers 1 --batch-size 4 --seq-length 10 --max-steps 5 \
        --checkpoint-dir cv --seed 1 --threads 1
    {
        printf 'a\tb\344\270\255c\td\n'           # a wide one of two columns
        printf 'x\315\217y\315\217\315\217z\to\n'   # marks that take none
        printf 'seven l\tand on\n'                  # a tab of one column
        printf '\344\270\255\344\270\255\344\270\255\344\270\255\t\315\217o\n' # of eight
        printf '\315\217of a\nthe quick\n'          # a mark with nothing before it
    } >draft
    evaluate cv/last.safetensors draft --per-char
    awk -F '\t' 'function level(bits) {
        return bits < 1 ? " " : bits < 2 ? 1 : bits < 3 ? 2 : bits < 4 ? 3 : bits < 6 ? 4 : bits < 8 ? 5 : bits < 11 ? 6 : 7
    }
    function end() { sub(/ *$/, "", cells); print cells; cells = ""; last = 0 }
    NR > 1 {
        digit = level($5)
        if ($3 == "\315\217") {
            if (last > 0 && digit != " " && (substr(cells, last, 1) == " " || digit > substr(cells, last, 1)))
                cells = substr(cells, 1, last - 1) digit substr(cells, last + 1)
            next
        }
        cells = cells digit
        last = length(cells)
        if ($3 == "\\t") while (length(cells) % 8 != 0) cells = cells " "
        if ($3 == "\344\270\255") cells = cells " "
        if ($3 == "\\n") end()
    }' "$REPORT/out" | grep . >expected
    evaluate cv/last.safetensors draft --heat
    expect_status 0
    # Lines that are not in the draft are lines of digits. They have no wide characters, which
    # expand(1) does not know.
    grep -vxFf draft "$REPORT/out" | expand | sed 's/ *$//' >digits
    expect_same_files expected digits
    grep -xFf draft "$REPORT/out" | cmp - draft || fail 'expected the text as it is'
}

test_heat_on_a_terminal() {
    needs_terminal
    make_checkpoint
    head -n 3 "$SHARED/text.txt" >few.txt
    SHELL=/bin/sh TERM=xterm-256color script -qec "'$CHARNN' eval '$CHECKPOINT' few.txt --heat" \
        /dev/null </dev/null | tr -d '\r' >shown
    grep -q "$(printf '\033\\[38;5;16;48;5;2[0-9][0-9]m')" shown || fail 'expected colours'
    sed "s/$(printf '\033')\\[[0-9;]*m//g; s/ *\$//" shown >plain
    sed 's/ *$//' few.txt | cmp - plain || fail 'expected the text'
    for setting in NO_COLOR=1 TERM=dumb; do
        SHELL=/bin/sh script -qec "env TERM=xterm $setting '$CHARNN' eval '$CHECKPOINT' few.txt --heat" \
            /dev/null </dev/null | tr -d '\r' >shown
        evaluate "$CHECKPOINT" few.txt --heat
        expect_same_files "$REPORT/out" shown
    done
}

# show ARGUMENTS: what `charnn eval ARGUMENTS`, a shell command, shows on a terminal; L starts a live line.
show() {
    SHELL=/bin/sh TERM=xterm script -qec "'$CHARNN' eval '$CHECKPOINT' text.txt $1" /dev/null </dev/null |
        tr -d '\r' | sed "s/$(printf '\033')\[K/L/g" >shown
}

test_meter() {
    needs_terminal
    make_checkpoint
    head -n 20 "$SHARED/text.txt" >text.txt
    evaluate "$CHECKPOINT" text.txt
    show ''
    line='L[0-9][0-9,]* of [0-9][0-9,]* characters[^L]*'
    sed "1s|^\($line\)*L||" shown | cmp - "$REPORT/out" || fail 'expected live lines, then the table alone'
    grep -q "^$line" shown || fail 'expected a live line'
    evaluate "$CHECKPOINT" text.txt --per-line
    for where in '' '| cat'; do
        show "--per-line $where"
        expect_same_files "$REPORT/out" shown
    done
    show '--per-line >rows'
    grep -qx "\($line\)*L" shown || fail 'expected live lines alone'
    expect_same_files "$REPORT/out" rows
}

test_heat_page() {
    make_checkpoint
    make_draft
    evaluate "$CHECKPOINT" draft.txt --exact
    cp "$REPORT/out" table
    evaluate "$CHECKPOINT" draft.txt --heat-html 'a page.html'
    expect_status 0
    expect_same_files table "$REPORT/out"
    grep -q '<meta charset="utf-8">' 'a page.html' || fail 'expected a page'
    expect_well_formed 'a page.html'
    ! grep -qi 'http\|<script\|<link\|<img' 'a page.html' || fail 'expected a page without other files'
    for text in '<h1>Surprise, character by character</h1>' "<p>Model: $CHECKPOINT</p>" \
        '@media (prefers-color-scheme: dark) { .h7 { background: #d10000; } }' ' tabindex="0" title="'; do
        grep -qF -e "$text" 'a page.html' || fail "expected in the page: $text"
    done
    nats=$(sed -n 's/^nats\/char  *//p' table)
    grep -q "^<p>[0-9]* characters: $nats nats or [0-9.]* bits per character</p>" 'a page.html' ||
        fail 'expected the totals'
    grep -q '&lt;' 'a page.html' || fail 'expected < to be escaped'
    grep -q 'class="u" title="not in the vocabulary">Q<' 'a page.html' || fail 'expected a mark on Q'
    command -v python3 >/dev/null 2>&1 || return 0
    python3 - 'a page.html' <<'END' >text || fail 'expected HTML'
import html.parser, sys
class Text(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.shown, self.text = False, ""
    def handle_starttag(self, tag, attributes):
        self.shown = self.shown or tag == "pre"
    def handle_endtag(self, tag):
        self.shown = self.shown and tag != "pre"
    def handle_data(self, data):
        if self.shown:
            self.text += data
page = Text()
page.feed(open(sys.argv[1], encoding="utf-8").read())
sys.stdout.buffer.write(page.text.removeprefix("\n").replace("\u21b5", "").removesuffix("\n").encode())
END
    sed "s/$(printf '\377')/$(printf '\357\277\275')/" draft.txt | cmp - text ||
        fail 'expected the page to show the text'
}

test_heat_page_that_cannot_be_written() {
    make_checkpoint
    evaluate "$CHECKPOINT" "$SHARED/text.txt" --heat-html missing/page.html
    expect_refusal 1 'missing/page.html'
}

test_copy_check() {
    make_checkpoint
    { head -c 100 "$SHARED/text.txt" && echo 'quick zzzzz' && tail -c 50 "$SHARED/text.txt"; } >mixed
    evaluate "$CHECKPOINT" mixed
    cp "$REPORT/out" table
    evaluate "$CHECKPOINT" mixed --copy-check "$SHARED/text.txt" --copy-run 49
    expect_status 0
    expect_no_stderr
    head -n 4 "$REPORT/out" | cmp - table || fail 'expected the table first'
    expect_stdout_contains 'copied      92.6% of 162 characters, in runs longer than 49' \
        'longest     100 characters, from character 1 of the corpus: the quick brown'
    evaluate "$CHECKPOINT" mixed --copy-check "$SHARED/text.txt" --copy-run 50 --json
    expect_value copied 100
    expect_value longest_copy 100
    expect_value longest_copy_at 1
    expect_value copy_run 50
    evaluate "$CHECKPOINT" mixed --copy-check "$SHARED/text.txt" --per-line
    expect_stderr_contains 'longest     100 characters'
    evaluate "$CHECKPOINT" mixed --copy-check missing.txt
    expect_refusal 1 missing.txt
}

# A signal ends it at once and leaves nothing of the live line.
test_a_signal_removes_the_live_line() {
    needs_terminal
    make_checkpoint
    awk '{ all = all $0 "\n" } END { for (i = 0; i < 2000; i++) printf "%s", all }' "$SHARED/text.txt" >long.txt
    cat >commands.sh <<'END'
"$CHARNN" eval "$CHECKPOINT" long.txt --exact --threads 1 &
pid=$!
sleep 1
kill -s TERM $pid
status=0
wait $pid || status=$?
echo "ended with $status"
END
    CHECKPOINT=$CHECKPOINT CHARNN=$CHARNN run env TERM=xterm SHELL=/bin/sh script -qec 'sh commands.sh' /dev/null
    expect_status 0
    expect_stdout_contains 'ended with 143' ' of 8,020,000 characters'
    escape=$(printf '\033')
    sed "s/.*$escape\[K//" "$REPORT/out" >left
    ! grep -qF characters left || fail 'expected the line to be removed'
}

# A text that the model learns while it reads; the checkpoint stays as it is, and files do not teach each other.
test_adapt() {
    needs_awk_mathematics
    make_checkpoint
    cp "$CHECKPOINT" before
    head -c 1500 "$SHARED/text.txt" >one
    tail -c +1501 "$SHARED/text.txt" >two
    for file in one two; do
        evaluate "$CHECKPOINT" $file --json --exact
        value nats >$file.nats
        evaluate "$CHECKPOINT" $file --json --adapt --adapt-rate 0.01
        expect_status 0
        expect_no_stderr
        expect_value nats "$(cat $file.nats)"
        value adapted_nats >$file.adapted
        awk -v a="$(cat $file.adapted)" -v n="$(cat $file.nats)" 'BEGIN { exit !(a > 0 && a < 0.99 * n) }' ||
            fail "expected a gain in $file"
    done
    expect_same_files before "$CHECKPOINT"
    evaluate "$CHECKPOINT" one two --json --adapt --adapt-rate 0.01
    tr '{' '\n' <"$REPORT/out" >objects
    for file in one two; do
        grep -q "^\"file\":\"$file\",.*\"adapted_nats\":$(cat $file.adapted)," objects || fail "expected $file as if alone"
    done
    evaluate "$CHECKPOINT" one --json --adapt --adapt-rate 0.01 --threads 3
    expect_value adapted_nats "$(cat one.adapted)"
    nats=$(value nats_per_char)
    adapted=$(value adapted_nats_per_char)
    line=$(awk -v n="$nats" -v a="$adapted" 'BEGIN { printf "adapted     %.4f nats/char, %.4f bits/char, perplexity %.4g: a gain of %.4f nats/char", a, a / log(2), exp(a), n - a }')
    evaluate "$CHECKPOINT" one --adapt --adapt-rate 0.01
    expect_stdout_contains "$line"
    evaluate "$CHECKPOINT" one --adapt --heat
    expect_refusal 2 '--adapt gives totals only; leave out --per-line, --per-char, --heat and --heat-html'
    evaluate "$CHECKPOINT" one --adapt --adapt-rate 0
    expect_refusal 2 --adapt-rate
}

test_gradient_flow() {
    make_checkpoint
    awk 'BEGIN { while (i++ < 60) print "the lazy dog jumps over it " i }' >long.txt
    head -c 999 long.txt >short.txt
    evaluate "$CHECKPOINT" long.txt --gradient-flow
    expect_status 0
    sed -n '/^steps back/,$p' "$REPORT/out" >table
    [ "$(sed -n '2,$s/^ *\([0-9]*\) .*/\1/p' table | tr '\n' ' ')" = '1 2 3 5 7 10 15 20 30 50 70 100 150 200 ' ] ||
        fail 'expected a row for each distance'
    evaluate "$CHECKPOINT" long.txt --gradient-flow --json --threads 1
    expect_status 0
    expect_stdout_contains '"gradient_flow":{"steps":[1,2,3,5,7,10,15,20,30,50,70,100,150,200],"losses":[16,16,' ',"states":[{'
    sed 's/.*"gradient_flow"//' "$REPORT/out" >one
    evaluate "$CHECKPOINT" long.txt --gradient-flow --json --threads 2
    sed 's/.*"gradient_flow"//' "$REPORT/out" >two
    expect_same_files one two
    evaluate "$CHECKPOINT" short.txt --gradient-flow
    expect_refusal 1 '--gradient-flow needs a text of at least 1000 characters, but the text has 999'
    evaluate "$CHECKPOINT" long.txt short.txt --gradient-flow
    expect_refusal 2 '--gradient-flow measures one text; name one file, or use --join'
    evaluate "$CHECKPOINT" long.txt --gradient-flow --heat
    expect_refusal 2 '--gradient-flow goes with totals only'
}

# PyTorch's LSTM with the rows that a variant lacks (models/README.md).
test_pytorch_computes_variants() {
    python3 -c 'import safetensors, torch' 2>/dev/null || skip 'PyTorch or its package safetensors is missing'
    make_text text.txt
    for variant in np nig nfg nog cifg; do
        charnn train text.txt --lstm-variant $variant --no-peephole --no-skip --rnn-size 12 --num-layers 2 --batch-size 8 \
            --learning-rate 0.01 --max-steps 20 --seed 3
        expect_status 0
        charnn eval cv/last.safetensors text.txt --exact --json
        ours=$(sed 's/.*"nats_per_char":\([0-9.]*\),.*/\1/' "$REPORT/out")
        run python3 "$ROOT/tests/interop.py" cv/last.safetensors text.txt
        expect_status 0
        theirs=$(sed -n 's/^nats.char //p' "$REPORT/out")
        awk "BEGIN { d = $ours - $theirs; exit !(d < 1e-6 && d > -1e-6) }" || fail "$variant: expected $theirs, not $ours"
    done
}
