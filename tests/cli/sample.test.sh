# shellcheck shell=sh
# charnn sample: its output, and the options that change it.

sample() {
    charnn sample "$CHECKPOINT" "$@"
}

# expect_characters N: stdout has N characters, all of which occur in the training text (ASCII).
expect_characters() {
    size=$(wc -c <"$REPORT/out")
    [ "$size" -eq "$1" ] || fail "expected $1 characters, not $size"
    left=$(tr -d 'a-z0-9 ;.\n' <"$REPORT/out" | wc -c)
    [ "$left" -eq 0 ] || fail 'expected only characters of the training text'
}

test_length() {
    make_checkpoint
    for length in 1 63 64 65 1000; do
        sample --length $length --seed 1
        expect_status 0
        expect_no_stderr
        expect_characters $length
    done
    sample --seed 1
    expect_characters 2000
}

test_longer_text_begins_with_the_shorter() {
    make_checkpoint
    sample -l 100 --seed 4
    cp "$REPORT/out" short
    sample -l 300 --seed 4
    head -c 100 "$REPORT/out" | cmp - short || fail 'expected the same beginning'
}

test_seed() {
    make_checkpoint
    sample -l 200 --seed 7
    cp "$REPORT/out" first
    sample -l 200 --seed 7
    expect_same_files first "$REPORT/out"
    sample -l 200 --seed 8
    ! cmp -s first "$REPORT/out" || fail 'expected another text from another seed'
}

test_random_seed_is_printed() {
    make_checkpoint
    sample -l 200
    expect_status 0
    expect_stderr_lines 1
    seed=$(sed -n 's/^seed: \([0-9][0-9]*\)$/\1/p' "$REPORT/err")
    [ -n "$seed" ] || fail 'expected a line with the seed'
    cp "$REPORT/out" first
    sample -l 200 --seed "$seed"
    expect_no_stderr
    expect_same_files first "$REPORT/out"
    cp "$REPORT/out" first
    sample -l 200
    ! cmp -s first "$REPORT/out" || fail 'expected a new random seed'
}

test_threads() {
    make_checkpoint
    sample -l 200 --seed 7 --threads 1
    cp "$REPORT/out" first
    for threads in 0 2 5; do
        sample -l 200 --seed 7 --threads $threads
        expect_status 0
        expect_same_files first "$REPORT/out"
    done
}

# expect_same_with_threads COMMAND...: any number of threads gives the same output.
expect_same_with_threads() {
    charnn "$@" --threads 1
    expect_status 0
    cp "$REPORT/out" one
    for threads in 0 2 8; do
        charnn "$@" --threads $threads
        expect_status 0
        expect_same_files one "$REPORT/out"
    done
}

# Threads share the columns of a model of more than 1.5 MB.
test_threads_of_a_large_model() {
    make_text text.txt
    charnn train text.txt --rnn-size 192 --batch-size 4 --seq-length 10 --max-steps 1 --seed 1 \
        --checkpoint-dir large --threads 2
    expect_status 0
    set -- large/best.safetensors
    expect_same_with_threads sample "$1" -l 200 --seed 7 --primetext 'the '
    expect_same_with_threads sample "$1" -l 40 -n 5 --seed 7
    expect_same_with_threads sample "$1" -l 40 --beam 4 --primetext 'the '
    printf 'the \nfox\n' >primes
    expect_same_with_threads sample "$1" -l 40 --primes primes --seed 7
    head -c 500 text.txt >part.txt
    expect_same_with_threads eval "$1" part.txt --exact
    expect_same_with_threads eval "$1" part.txt --per-line
}

test_primetext() {
    make_checkpoint
    sample -l 50 --seed 1 --primetext 'the quick '
    expect_status 0
    expect_no_stderr
    expect_characters 60
    cp "$REPORT/out" first
    head -c 10 first | grep -qx 'the quick ' || fail 'expected the prime first'

    printf 'the quick ' >'prime file'
    sample -l 50 --seed 1 --primetext-file 'prime file'
    expect_same_files first "$REPORT/out"
    # shellcheck disable=SC2016 # for the inner shell
    run sh -c '"$1" sample "$2" -l 50 --seed 1 --primetext-file - <"prime file"' sh "$CHARNN" \
        "$CHECKPOINT"
    expect_same_files first "$REPORT/out"
}

test_no_prime_equals_a_newline_before() {
    make_checkpoint
    sample -l 50 --seed 1
    cp "$REPORT/out" first
    : >empty
    sample -l 50 --seed 1 --primetext-file empty
    expect_status 0
    expect_same_files first "$REPORT/out"
    echo >newline
    sample -l 50 --seed 1 --primetext-file newline
    tail -c +2 "$REPORT/out" | cmp - first || fail 'expected the same text after the newline'
}

test_two_primes_are_refused() {
    make_checkpoint
    sample --primetext a --primetext-file b
    expect_refusal 2 --primetext --primetext-file
}

test_oov_prime_is_refused() {
    make_checkpoint
    sample --primetext 'the QUICK'
    expect_refusal 1 "5 characters" "'Q' (U+0051) at position 5" "'K' (U+004B) at position 9" --unknown
    printf 'the \001' >prime
    sample --primetext-file prime --unknown error
    expect_refusal 1 '1 character ' 'U+0001' 'position 5'
}

# The prime is printed unchanged.
test_oov_characters_are_skipped_or_replaced() {
    make_checkpoint
    for case in 'skip:the qck' 'replace:the q  ck'; do
        sample -l 40 --seed 3 --primetext "${case#*:}"
        expect_no_stderr
        tail -c 40 "$REPORT/out" >expected
        sample -l 40 --seed 3 --primetext 'the qQIck' --unknown "${case%%:*}"
        expect_status 0
        expect_stderr_lines 1
        expect_stderr_contains "'Q' (U+0051) at position 6, 'I' (U+0049) at position 7"
        printf 'the qQIck' | cat - expected | cmp - "$REPORT/out" || fail "expected the same text as after ${case#*:}"
    done
    sample --unknown drop
    expect_refusal 2 'error, skip or replace'
}

test_long_prime() {
    make_checkpoint
    cat "$SHARED/text.txt" "$SHARED/text.txt" "$SHARED/text.txt" >prime
    sample --primetext-file prime -l 10 --seed 1
    expect_status 0
    head -c "$(wc -c <prime)" "$REPORT/out" | cmp - prime || fail 'expected the whole prime'
}

test_refused_numbers_name_what_is_meant() {
    make_checkpoint
    for temperature in 0 0,1 -1; do
        sample -t $temperature
        expect_refusal 2 '--temperature' 'each above 0 and at most 100' 'use --argmax'
    done
    for seed in -1 random; do
        sample --seed $seed
        expect_refusal 2 "--seed: '$seed' is not allowed" 'leave out --seed for a random seed'
    done
}

test_unused_temperatures() {
    make_checkpoint
    sample -l 20 --seed 1
    cp "$REPORT/out" one
    sample -l 20 --seed 1 -t 1,2
    expect_status 0
    expect_same_files one "$REPORT/out"
    expect_stderr 'charnn sample: --temperature: each text takes one value of the list, so for 1 text the values from 2 on are not used'
    sample -l 20 --seed 1 -n 2 -t 1,2,0.5,3
    expect_stderr_contains 'so for 2 texts the values from 0.5 on are not used'
    sample -l 20 --seed 1 -n 2 -t 1,2
    expect_no_stderr
}

# Texts on the command line may have escapes; real newlines mean the same.
# shellcheck disable=SC1003 # backslashes
test_escapes() {
    make_checkpoint
    newline='
'
    sample -l 500 --seed 2 --stop "$newline" -n 2 --separator "=${newline}\\\\" --forbid "q$newline" --only "${newline}abq" -p "a$newline"
    expect_status 1 # a stop text of a forbidden character
    sample -l 50 --seed 2 --stop "a${newline}b" -n 2 --separator "=${newline}\\\\" --forbid "q" --only "${newline}abq" -p "a$newline"
    expect_status 0
    cp "$REPORT/out" real
    sample -l 50 --seed 2 --stop 'a\nb' -n 2 --separator '\x3d\n\\' --forbid '\x71' --only '\nab\x71' -p 'a\x0A'
    expect_status 0
    expect_same_files real "$REPORT/out"
    grep -qxF '\' real || fail 'expected a backslash in the separator'
    for option in --stop --separator --primetext --forbid --only; do
        for escape in '\q' '\' '\x' '\x4' '\x00' '\é'; do
            sample $option "a$escape"
            expect_refusal 2 "$option: '$escape' is no escape" 'write \\ for a backslash'
        done
    done
    printf 'a\\nb' >prime # a file is read as it is
    sample -l 5 --primetext-file prime
    expect_refusal 1 "'\\'"
    printf 'the\n:stop \\q\n:stop o\\n\n:help\n' >lines
    # shellcheck disable=SC2016 # for the inner shell
    run sh -c '"$1" sample "$2" -l 5 --interactive --seed 1 <lines' sh "$CHARNN" "$CHECKPOINT"
    expect_status 1
    expect_stderr_contains "line 2: :stop: '\q' is no escape" '  :stop                o\n'
}

test_argmax() {
    make_checkpoint
    sample -l 100 --argmax --seed 1
    expect_status 0
    cp "$REPORT/out" first
    for option in '--argmax --seed 2' '-sample 0 -seed 3' '--temperature 1e-300 --seed 4'; do
        # shellcheck disable=SC2086 # several words
        sample -l 100 $option
        expect_status 0
        expect_same_files first "$REPORT/out"
    done
}

test_temperature() {
    make_checkpoint
    sample -l 200 --seed 1
    cp "$REPORT/out" first
    sample -l 200 --seed 1 --temperature 1
    expect_same_files first "$REPORT/out"
    sample -l 200 --seed 1 --temperature 0.5
    expect_characters 200
    ! cmp -s first "$REPORT/out" || fail 'expected another text from another temperature'
}

# expect_only CHARACTERS: stdout is not empty and has no other characters.
expect_only() {
    [ -s "$REPORT/out" ] || fail 'expected a text'
    [ "$(tr -d "$1" <"$REPORT/out" | wc -c)" -eq 0 ] || fail "expected only $1"
}

test_allowed_characters() {
    make_checkpoint
    sample -l 300 --seed 1 --only 'abc '
    expect_status 0
    expect_only 'abc '
    sample -l 300 --seed 1 --only 'abcQ ' --forbid 'bQ'
    expect_status 0
    expect_only 'ac '
    sample -l 300 --seed 1 --forbid 'aeiou'
    expect_status 0
    expect_characters 300
    [ "$(tr -cd aeiou <"$REPORT/out" | wc -c)" -eq 0 ] || fail 'expected no vowel'
    sample -l 30 --seed 1 --argmax --only zq
    expect_only zq
    sample --only QX
    expect_refusal 1 'no character is left'
}

# Settings that make a filter equal to --argmax, that turn it off, and that lie between.
test_filters() {
    make_checkpoint
    sample -l 200 --seed 1 --argmax
    cp "$REPORT/out" argmax
    sample -l 200 --seed 1
    cp "$REPORT/out" all
    for option in '--top-k 1' '--top-p 1e-9' '--min-p 1' '--top-k 3 --min-p 1'; do
        # shellcheck disable=SC2086 # several words
        sample -l 200 --seed 1 $option
        expect_status 0
        expect_same_files argmax "$REPORT/out"
    done
    for option in '--top-k 0' '--top-k 1000' '--top-p 1' '--min-p 0' '--repetition-penalty 1'; do
        # shellcheck disable=SC2086 # several words
        sample -l 200 --seed 1 $option
        expect_status 0
        expect_same_files all "$REPORT/out"
    done
    for option in '--top-k 4' '--top-p 0.3' '--min-p 0.8' '--repetition-penalty 50'; do
        # shellcheck disable=SC2086 # several words
        sample -l 200 --seed 1 $option
        expect_status 0
        expect_characters 200
        ! cmp -s all "$REPORT/out" || fail "expected another text from $option"
    done
    for option in --top-k=-1 --top-p=0 --top-p=1.1 --min-p=2 --repetition-penalty=0.5 \
        --repetition-window=0; do
        sample $option
        expect_refusal 2 "${option%%=*}" 'is not allowed'
    done
}

# With the greatest penalty, no character occurs twice within the window.
test_repetition() {
    make_checkpoint
    sample -l 60 --seed 1 --argmax --repetition-penalty 100 --repetition-window 3
    expect_status 0
    tr '\n' '#' <"$REPORT/out" | awk '{
        for (i = 1; i + 3 <= length($0); i++) {
            if (index(substr($0, i + 1, 3), substr($0, i, 1)) > 0) exit 1
        }
    }' || fail 'expected no repetition within four characters'
}

test_texts_take_temperatures_in_turn() {
    make_checkpoint
    for temperature in 0.3 1 3; do
        sample -n 5 -l 50 --seed 5 --temperature $temperature
        split_texts alone.$temperature --------------------
    done
    sample -n 5 -l 50 --seed 5 --temperature 0.3,1,3
    expect_status 0
    split_texts turns --------------------
    expect_same_files turns.0 alone.0.3.0
    expect_same_files turns.1 alone.1.1
    expect_same_files turns.2 alone.3.2
    expect_same_files turns.3 alone.0.3.3
    expect_same_files turns.4 alone.1.4
}

# A text ends before the first stop text that would be written.
test_stop() {
    make_checkpoint
    sample -l 500 --seed 2
    cp "$REPORT/out" long
    for stop in e th "$(printf 'o\n')" ' '; do
        sample -l 500 --seed 2 --stop "$stop"
        expect_status 0
        expect_no_stderr
        awk -v stop="$stop" 'BEGIN { RS = "\001" } {
            at = index($0, stop)
            printf "%s", (at > 0 ? substr($0, 1, at - 1) : $0)
        }' long | cmp - "$REPORT/out" || fail "expected the text up to '$stop'"
        cp "$REPORT/out" ended
        sample -l 500 --seed 2 --stop QQ --stop "$stop" 2>/dev/null
        expect_status 1
        sample -l 500 --seed 2 --stop "zzzzzzzz$stop" --stop "$stop"
        expect_same_files ended "$REPORT/out"
    done
    sample -l 0 --seed 2 --stop ' '
    expect_status 0
    expect_same_files ended "$REPORT/out"
    for option in --stop --only --forbid --copy-check --primetext-file; do
        sample $option ''
        expect_refusal 2 "$option: '' is not allowed; it takes a non-empty text"
    done
    sample --copy-run 5
    expect_refusal 2 --copy-run --copy-check
    sample -l 100 --seed 2
    cp "$REPORT/out" without
    sample -l 100 --seed 2 --primetext ''
    expect_same_files without "$REPORT/out"
    sample --stop 'the QUICK'
    expect_refusal 1 "'Q'" 'position 5'
    sample -l 100 --stop the --forbid h
    expect_refusal 1 "'the'" "'h'" 'position 2' 'is not allowed'
    sample -l 100 --stop the --only et
    expect_refusal 1 "'the'" "'h'" 'position 2' 'is not allowed'
}

# Texts of different lengths, with and without a limit.
test_stop_of_many_texts() {
    make_checkpoint
    sample -n 40 -l 300 --seed 2 --stop e --primetext 'the '
    expect_status 0
    cp "$REPORT/out" many
    split_texts text --------------------
    [ "$(tr -d '\n' <many | grep -o 'the ' | wc -l)" -ge 40 ] || fail 'expected 40 texts'
    for length in 300 0; do
        for threads in 1 3; do
            sample -n 40 -l $length --seed 2 --stop e --primetext 'the ' --threads $threads
            expect_status 0
            expect_same_files many "$REPORT/out"
        done
    done
    sample -l 300 --seed 2 --stop e --primetext 'the '
    expect_same_files text.0 "$REPORT/out"
}

test_beam() {
    make_checkpoint
    sample -l 40 --beam 1 --primetext 'the '
    expect_status 0
    expect_no_stderr
    cp "$REPORT/out" one
    sample -l 40 --argmax --seed 1 --primetext 'the '
    expect_same_files one "$REPORT/out"
    sample -l 40 --beam 8 -n 3 --primetext 'the ' --separator =
    expect_status 0
    [ "$(wc -c <"$REPORT/out")" -eq $((3 * 44 + 2 * 3)) ] || fail 'expected three texts'
    cp "$REPORT/out" three
    sample -l 40 --beam 8 -n 3 --primetext 'the ' --separator = --threads 3
    expect_same_files three "$REPORT/out"
    sample -l 20 --beam 4 --only 'ab ' --stop ab
    expect_status 0
    expect_only 'ab '
    ! grep -q ab "$REPORT/out" || fail 'expected the text to end before ab'
    for option in '--temperature 0.5' '--top-k 3' --argmax '--length 0' '-n 5'; do
        # shellcheck disable=SC2086 # several words
        sample --beam 4 $option
        expect_refusal 2 --beam
    done
}

# values KEY: its values in stdout, a line each; newlines within are \n.
values() {
    sed -n "s/.*\"$1\":\(\"\([^\"\\\\]\|\\\\.\)*\"\|[0-9.e-]*\)[,}].*/\1/p" "$REPORT/out"
}

# Each prime has its own texts, the same as those of the number and the prime alone.
test_primes() {
    make_checkpoint
    printf 'the \nfox\n\nthe quick brown fox number 12\nx' >primes
    sample --primes primes -n 3 -l 40 --seed 5
    expect_status 0
    expect_no_stderr
    cp "$REPORT/out" all
    for threads in 1 3; do
        sample --primes primes -n 3 -l 40 --seed 5 --threads $threads
        expect_same_files all "$REPORT/out"
    done
    split_texts text --------------------
    sample -p 'the ' -n 3 -l 40 --seed 5
    split_texts alone --------------------
    for i in 0 1 2; do
        expect_same_files text.$i alone.$i
    done
    sample -p 'the quick brown fox number 12' -n 9 -l 40 --seed 5
    split_texts alone --------------------
    for i in 6 7 8; do
        expect_same_files text.$i alone.$i
    done
    [ ! -e text.12 ] || fail 'expected 12 texts'
    # A refused prime leaves the numbers of the others.
    printf 'the \nBAD\nthe quick brown fox number 12\nx\n' >primes
    sample --primes - -n 3 -l 40 --seed 5 <primes
    expect_status 1
    expect_stderr_lines 2
    expect_line 'charnn sample: 1 prime refused'
    expect_stderr_contains "charnn sample: prime 2 has 3 characters not in the vocabulary: 'B'"
    split_texts fewer --------------------
    for pair in 0:0 2:2 3:6 5:8 6:9 8:11; do
        expect_same_files fewer.${pair%:*} text.${pair#*:}
    done
    sample --primes primes -n 3 -l 40 --seed 5 --unknown skip
    expect_status 0
    expect_stderr 'charnn sample: 3 characters of prime 2 are not in the vocabulary and are skipped: '"'B' (U+0042) at position 1, 'A' (U+0041) at position 2, 'D' (U+0044) at position 3"
    printf 'BAD\n' >primes
    sample --primes primes --seed 5 --json
    expect_status 1
    expect_no_stdout
    printf '\n\n' >primes
    sample --primes primes --seed 5
    expect_refusal 1 'primes has no primes'
    sample --primes primes -p x
    expect_refusal 2 'give only one of --primetext, --primetext-file and --primes'
    sample --primes primes -i
    expect_refusal 2 --interactive --primes
}

test_what_is_printed_of_a_text() {
    make_checkpoint
    sample -n 5 -l 60 --seed 2 -p 'the ' --stop e
    split_texts cut --------------------
    sample -n 5 -l 60 --seed 2 -p 'the ' --stop e --keep-stop
    split_texts kept --------------------
    sample -n 5 -l 60 --seed 2 -p 'the ' --stop e --no-prime
    split_texts bare --------------------
    for i in 0 1 2 3 4; do
        { cat cut.$i && printf e; } | cmp -s - kept.$i || cmp cut.$i kept.$i
        { printf 'the ' && cat bare.$i; } | cmp - cut.$i || fail 'expected the text without its prime'
    done
    [ "$(tail -c 1 kept.0)" = e ] || fail 'expected the stop text'
    sample -l 20 --beam 8 -n 8 --only ab --stop ab --keep-stop
    grep -q 'ab$' "$REPORT/out" || fail 'expected the stop text of a beam search'
}

# A stop text that begins before --min-length is part of the text.
test_min_length() {
    make_checkpoint
    sample -l 500 --seed 2
    cp "$REPORT/out" long
    for minimum in 0 1 7 20 499; do
        for stop in e ' ' th; do
            sample -l 500 --seed 2 --stop "$stop" --min-length $minimum
            expect_status 0
            awk -v stop="$stop" -v minimum=$minimum 'BEGIN { RS = "\001" } {
                at = index(substr($0, minimum + 1), stop)
                printf "%s", (at > 0 ? substr($0, 1, minimum + at - 1) : $0)
            }' long | cmp - "$REPORT/out" || fail "expected the text up to '$stop' after $minimum"
        done
    done
    sample --min-length 3000
    expect_refusal 2 '--min-length 3000 is more than --length 2000'
    sample --min-length 3 --beam 2
    expect_refusal 2 '--min-length has no effect on a beam search'
}

test_json() {
    make_checkpoint
    printf 'the \nfox' >primes
    sample --primes primes -n 2 -l 30 --seed 5 --stop ' ' --min-length 3 --no-prime --separator x --json
    expect_refusal 2 '--separator has no effect with --json'
    sample --primes primes -n 2 -l 30 --seed 5 --stop ' ' --min-length 3 --no-prime
    split_texts text --------------------
    sample --primes primes -n 2 -l 30 --seed 5 --stop ' ' --min-length 3 --no-prime --json
    expect_status 0
    cp "$REPORT/out" json
    for threads in 1 3; do
        sample --primes primes -n 2 -l 30 --seed 5 --stop ' ' --min-length 3 --no-prime --json --threads $threads
        expect_same_files json "$REPORT/out"
    done
    for i in 0 1 2 3; do
        sed -n $((i + 1))p json >"$REPORT/out"
        printf '%s' "$(values text | sed 's/^"//; s/"$//; s/\\n/\n/g')" | cmp - text.$i || fail "expected text $i"
        [ "$(values number) $(values seed) $(values length)" = "$((i + 1)) 5 $(wc -c <text.$i)" ] ||
            fail 'expected number, seed and length'
        prime='"the "'
        [ $i -lt 2 ] || prime='"fox"'
        [ "$(values prime)" = "$prime" ] || fail "expected $prime"
    done
    # The nats are those of eval, and not those of what was chosen from.
    sample -p 'the ' -l 30 --seed 5 --temperature 0.5 --top-k 5 --json
    [ "$(values end)" = '"length"' ] || fail 'expected an end by length'
    nats=$(values nats)
    sample -p 'the ' -l 30 --seed 5 --temperature 0.5 --top-k 5
    cp "$REPORT/out" text
    charnn eval "$CHECKPOINT" text --per-char
    awk -F '\t' -v nats="$nats" 'NR > 5 { sum += $4 }
        END { exit !(NR == 35 && sum - nats < 1e-3 && nats - sum < 1e-3) }' "$REPORT/out" ||
        fail "expected $nats nats"
    sample -l 20 --seed 5 --stop e --json
    [ "$(values end) $(values prime)" = '"stop" ""' ] || fail 'expected an end by a stop text'
    sample -l 20 --beam 3 -n 2 --json
    [ "$(values number | tr '\n' ' ')" = '1 2 ' ] || fail 'expected two texts'
    sample --interactive --json
    expect_refusal 2 --json
}

# Primes and separators are not checked.
test_copy_check() {
    make_checkpoint
    sample -n 3 -l 60 --seed 1 --primetext 'the quick brown fox number 5 jumps over '
    cp "$REPORT/out" texts
    sample -n 3 -l 60 --seed 1 --primetext 'the quick brown fox number 5 jumps over ' \
        --copy-check "$SHARED/text.txt" --copy-run 5
    expect_status 0
    expect_same_files texts "$REPORT/out"
    expect_stderr_lines 2
    expect_stderr_contains ' of 180 characters, in runs longer than 5'
    sample -l 30 --beam 3 --copy-check texts
    expect_status 0
    expect_stderr_contains ' of 30 characters' 'longest     '
    sample -l 30 --seed 1 --only a --copy-check "$SHARED/text.txt" --copy-run 1
    expect_line 'copied      0.0% of 30 characters, in runs longer than 1'
    sample -l 30 --seed 1 --copy-check missing.txt
    expect_refusal 1 missing.txt # before anything is written
}

# split_texts NAME SEPARATOR: splits stdout at lines that equal SEPARATOR into the files NAME.0,
# NAME.1, ... The newlines around a separator belong to it, as documented.
split_texts() {
    awk -v name="$1" -v separator="$2" '
        NR > 1 && $0 == separator { started = 0; number++; next }
        { printf "%s%s", started ? "\n" : "", $0 >(name "." number + 0); started = 1 }' "$REPORT/out"
}

test_many_texts() {
    make_checkpoint
    sample -n 70 -l 60 --seed 5 --primetext 'the '
    expect_status 0
    expect_no_stderr
    cp "$REPORT/out" seventy
    split_texts text --------------------
    [ "$(cat text.* | wc -c)" -eq $((70 * 64)) ] || fail 'expected 70 texts of 64 characters'
    [ "$(wc -c <seventy)" -eq $((70 * 64 + 69 * 22)) ] || fail 'expected only texts and separators'
    i=0
    while [ $i -lt 70 ]; do
        [ "$(wc -c <text.$i)" -eq 64 ] || fail "expected 64 characters in text $i"
        [ "$(head -c 4 text.$i)" = 'the ' ] || fail "expected the prime first in text $i"
        i=$((i + 1))
    done
    ! cmp -s text.0 text.1 || fail 'expected two texts to differ'
    ! cmp -s text.1 text.64 || fail 'expected two texts to differ'
    sample -l 60 --seed 5 --primetext 'the '
    expect_same_files text.0 "$REPORT/out"
    sample -n 1 -l 60 --seed 5 --primetext 'the '
    expect_same_files text.0 "$REPORT/out"
    for texts in 2 3 63 64 65 69; do
        for threads in 0 1 3; do
            sample --num-samples $texts -l 60 --seed 5 --primetext 'the ' --threads $threads
            expect_status 0
            head -c $((texts * 86 - 22)) seventy | cmp - "$REPORT/out" ||
                fail "expected the first $texts of the texts on $threads threads"
        done
    done
    sample -n 3 -l 90 --seed 5 --primetext 'the '
    split_texts longer --------------------
    for i in 0 1 2; do
        head -c 64 longer.$i | cmp - text.$i || fail 'expected longer texts to begin like shorter ones'
    done
}

# Texts that are too long to wait in memory are drawn in smaller groups.
test_many_long_texts() {
    make_checkpoint
    sample -n 3 -l 100 --seed 5
    cp "$REPORT/out" short
    split_texts short --------------------
    # shellcheck disable=SC2016 # for the inner shell
    run sh -c '"$1" sample "$2" -n 3 -l 1000000000000 --seed 5 | head -c 100' sh "$CHARNN" \
        "$CHECKPOINT"
    expect_status 0
    expect_no_stderr
    expect_same_files short.0 "$REPORT/out"
}

test_separator() {
    make_checkpoint
    sample -n 3 -l 20 --seed 5
    split_texts text --------------------
    for separator in '' '=' '* * *' '--seed' "$(printf 'two\nlines\303\251')"; do
        sample -n 3 -l 20 --seed 5 --separator "$separator"
        expect_status 0
        expect_no_stderr
        { cat text.0 && printf '\n%s\n' "$separator" && cat text.1 &&
            printf '\n%s\n' "$separator" && cat text.2; } >expected
        expect_same_files expected "$REPORT/out"
    done
    sample -l 20 --seed 5 --separator =
    expect_same_files text.0 "$REPORT/out"
    sample -n 3 -l 1 --only x --seed 5 --primetext the --separator +
    printf 'thex\n+\nthex\n+\nthex' | cmp - "$REPORT/out" || fail 'expected three equal texts'
}

test_number_of_texts_is_checked() {
    make_checkpoint
    for number in 0 -1 1.5 x '' 1000000001 99999999999999999999; do
        sample -n "$number"
        expect_refusal 2 "--num-samples: '$number' is not allowed" 'from 1 to 10^9'
    done
}

test_random_seed_of_many_texts_is_printed_once() {
    make_checkpoint
    sample -n 70 -l 5
    expect_status 0
    expect_stderr_lines 1
    seed=$(sed -n 's/^seed: \([0-9][0-9]*\)$/\1/p' "$REPORT/err")
    cp "$REPORT/out" first
    sample -n 70 -l 5 --seed "$seed"
    expect_no_stderr
    expect_same_files first "$REPORT/out"
}

# expect_shown_alike 'ARGUMENT...': on a terminal (of script(1)) the output is the same as in a file,
# except for a newline at its end.
expect_shown_alike() {
    eval "sample $1"
    cp "$REPORT/out" plain
    SHELL=/bin/sh script -qec "'$CHARNN' sample '$CHECKPOINT' $1" /dev/null </dev/null |
        tr -d '\r' >shown
    if [ "$(tail -c 1 plain | wc -l)" -eq 0 ]; then
        echo >>plain
    fi
    expect_same_files plain shown
}

test_terminal() {
    needs_terminal
    make_checkpoint
    expect_shown_alike "-l 100 --seed 7 -p 'the '"
    expect_shown_alike '-n 3 -l 30 --seed 7'
}

# A pipe receives text while it is generated, not at the end.
test_pipe_receives_text_early() {
    make_checkpoint
    mkfifo pipe
    "$CHARNN" sample "$CHECKPOINT" -l 1000000000000 --seed 1 >pipe 2>err &
    sampler=$!
    head -c 100000 <pipe >beginning
    wait $sampler || status=$?
    [ "$(wc -c <beginning)" -eq 100000 ] || fail 'expected some text'
    [ "$status" -eq 141 ] || fail 'expected an end by SIGPIPE'
    [ ! -s err ] || fail "expected silence: $(cat err)"
}

# A folder stands for its best checkpoint, or else for its last one; each command says which.
test_the_folder_of_a_run_is_a_checkpoint() {
    make_checkpoint
    mkdir cv
    cp "$CHECKPOINT" cv/last.safetensors
    charnn sample "$CHECKPOINT" --length 20 --seed 1
    cp "$REPORT/out" text
    charnn sample cv --length 20 --seed 1
    expect_status 0
    expect_same_files text "$REPORT/out"
    expect_stderr 'charnn sample: cv is a folder; using cv/last.safetensors'
    mv cv/last.safetensors cv/best.safetensors
    echo 'not a checkpoint' >cv/last.safetensors
    charnn sample cv/ --length 20 --seed 1
    expect_same_files text "$REPORT/out"
    expect_stderr 'charnn sample: cv/ is a folder; using cv/best.safetensors'
    charnn info cv --json
    expect_status 0
    expect_stderr 'charnn info: cv is a folder; using cv/best.safetensors'
    charnn eval cv "$SHARED/text.txt" --per-line --against cv
    expect_status 0
    [ "$(grep -c 'charnn eval: cv is a folder; using cv/best.safetensors' "$REPORT/err")" -eq 2 ] ||
        fail 'expected a line for the checkpoint and one for --against'
    charnn train "$SHARED/text.txt" --init-from cv --max-steps 1 --checkpoint-dir new --threads 1
    expect_status 0
    expect_line 'charnn train: cv is a folder; using cv/best.safetensors'
    charnn info --json new/last.safetensors
    expect_stdout_contains '"path":"cv/best.safetensors"'
}

# Pipes are read once, whatever their names, also if --unique looks into the text while it samples.
test_copies_of_a_text_from_a_pipe() {
    make_checkpoint
    for unique in '' --unique; do
        # shellcheck disable=SC2086 # no word, or one
        charnn sample "$CHECKPOINT" -l 30 --seed 1 $unique --copy-check "$SHARED/text.txt" --copy-run 3
        expect_status 0
        cp "$REPORT/err" said
        grep -q '^copied ' said || fail 'expected a report'
        for name in - /dev/stdin; do
            # shellcheck disable=SC2002,SC2016 # it must be a pipe; for the inner shell
            run sh -c 'text=$1 && shift && cat "$text" | "$@"' sh "$SHARED/text.txt" "$CHARNN" sample "$CHECKPOINT" \
                -l 30 --seed 1 $unique --copy-check $name --copy-run 3
            expect_status 0
            expect_stderr "$(cat said)"
        done
        rm -f pipe
        mkfifo pipe
        cat "$SHARED/text.txt" >pipe &
        # shellcheck disable=SC2086
        charnn sample "$CHECKPOINT" -l 30 --seed 1 $unique --copy-check pipe --copy-run 3
        expect_status 0
        expect_stderr "$(cat said)"
        wait
    done
    charnn eval "$CHECKPOINT" "$SHARED/text.txt" --copy-check "$SHARED/text.txt"
    cp "$REPORT/out" said
    cat "$SHARED/text.txt" >pipe &
    charnn eval "$CHECKPOINT" "$SHARED/text.txt" --copy-check pipe
    expect_status 0
    expect_stdout "$(cat said)"
    wait
}

# A terminal is no endless device: its user ends the text.
test_copies_of_a_text_that_is_typed() {
    needs_terminal
    make_checkpoint
    for name in - /dev/stdin /dev/tty; do
        # shellcheck disable=SC2016 # for the inner shell
        (cat "$SHARED/text.txt" && printf '\004') |
            CHECK=$name CHECKPOINT=$CHECKPOINT SHELL=/bin/sh script -qec '"$CHARNN" sample "$CHECKPOINT" -l 30 --seed 1 \
                --copy-check "$CHECK" --copy-run 3' /dev/null >shown 2>&1
        grep -q '^copied  ' shown || fail "expected a report: $(cat shown)"
    done
}

# A text without end is announced; what ends a text is not.
test_endless_text() {
    make_checkpoint
    note='charnn sample: --length 0: the text does not end by itself; Ctrl-C or the end of its reader ends it'
    "$CHARNN" sample "$CHECKPOINT" -l 0 --seed 1 2>said | head -c 5000 >text
    [ "$(wc -c <text)" -eq 5000 ] || fail 'expected a text without end'
    [ "$(head -n 1 said)" = "$note" ] || fail "expected the note: $(cat said)"
    sample -l 0 --seed 1 --stop e
    expect_status 0
    expect_no_stderr
}

# In a file a text has exactly the characters that were asked for; only a terminal gets a newline at its end.
test_no_newline_is_added() {
    make_checkpoint
    sample -l 7 --seed 1 --forbid '\n'
    [ "$(wc -c <"$REPORT/out")" -eq 7 ] || fail 'expected 7 characters'
    sample -l 7 --seed 1 --forbid '\n' -n 2 --separator -
    [ "$(wc -c <"$REPORT/out")" -eq 17 ] || fail 'expected 7 characters, a line with -, and 7 characters'
}

test_standard_input_is_read_only_once() {
    make_checkpoint
    for other in '--primetext-file -' '--primes -' --interactive; do
        # shellcheck disable=SC2086 # words
        charnn sample "$CHECKPOINT" $other --copy-check -
        expect_refusal 2 'charnn sample: --copy-check: standard input is read for something else and can be read only once'
    done
    charnn sample - --copy-check -
    expect_refusal 2 '--copy-check: standard input is read for something else'
    charnn eval "$CHECKPOINT" - --copy-check -
    expect_refusal 2 'charnn eval: --copy-check: standard input is read for something else'
}

# The seed of texts that do not depend on it is not worth a line.
test_argmax_has_no_seed() {
    make_checkpoint
    charnn sample "$CHECKPOINT" -l 5 --argmax
    expect_status 0
    expect_no_stderr
    charnn sample "$CHECKPOINT" -l 5
    grep -Eq '^seed: [0-9]+$' "$REPORT/err" || fail 'expected the seed'
    # Without a newline to start after, the first character is drawn.
    printf 'abcabcabcabcabcabcabcabcabcabc' >letters
    charnn train letters --rnn-size 4 --num-layers 1 --max-steps 1 --val-frac 0 --checkpoint-dir letters.cv
    charnn sample letters.cv/last.safetensors -l 5 --argmax
    grep -Eq '^seed: [0-9]+$' "$REPORT/err" || fail 'expected the seed'
    charnn sample letters.cv/last.safetensors -l 5 --argmax -p ab
    expect_no_stderr
}
