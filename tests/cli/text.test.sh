# shellcheck shell=sh
# Characters and sources: what of a text is learned, and where it comes from.

# train ARGUMENT...: a run so small that only the text matters.
train() {
    charnn train "$@" --rnn-size 8 --num-layers 1 --batch-size 4 --seq-length 10 --max-steps 5 \
        --checkpoint-dir cv --seed 1 --threads 1
}

# symbols: the vocabulary of the last checkpoint, as it is in the file.
symbols() {
    "$CHARNN" info --json cv/last.safetensors | tr -d '\n' | sed 's/.*"symbols": *\[\([^]]*\)\].*/\1/'
}

# ---- characters ----------------------------------------------------------------------------------

test_min_count() {
    make_text unix.txt
    { cat unix.txt && printf 'ψω and Ω, once\n'; } >text.txt
    train text.txt --min-count 3
    expect_status 0
    expect_line "rare        characters that occur fewer than 3 times are learned as one: 4 different, 0.099% of the text"
    charnn info cv/last.safetensors
    expect_stdout_contains unknown
    # It can be read, and it is never written.
    charnn sample cv/last.safetensors --primetext 'λ the' --unknown replace --length 2000 --seed 1 --temperature 5
    expect_status 0
    expect_stderr_contains 'is not in the vocabulary and is read as the unknown character'
    sed 's/^λ the//' "$REPORT/out" | LC_ALL=C grep -q '[^ -~]' && fail 'something rare was written'
    charnn eval cv/last.safetensors text.txt --json
    expect_status 0
    first=$(($(wc -c <unix.txt) + 1))
    expect_stderr "charnn eval: 4 characters not in the vocabulary were read as the unknown character: 'ψ' (U+03C8) at position $first, 'ω' (U+03C9) at position $((first + 1)), 'Ω' (U+03A9) at position $((first + 7)), ',' (U+002C) at position $((first + 8))"
    expect_stdout_contains '"unknown":0,"read_as_unknown":4'
    charnn eval cv/last.safetensors unix.txt --json
    expect_no_stderr
    expect_stdout_contains '"unknown":0,"read_as_unknown":0'
    charnn eval cv/last.safetensors text.txt --per-line
    expect_stderr_contains 'read as the unknown character'
    tail -n 1 text.txt >rare.txt
    charnn eval cv/last.safetensors rare.txt
    expect_line 'charnn eval: warning: 26.7% of the text is not in the vocabulary, and the result counts all such characters as one'
    expect_stdout_contains 'unknown     4 of 15 (26.7%), read as the unknown character'
    charnn eval cv/last.safetensors rare.txt --unknown error
    expect_refusal 1 'the text has 4 characters not in the vocabulary'
    train --resume text.txt
    expect_status 0
    charnn train text.txt --min-count 1000 --checkpoint-dir none
    expect_refusal 1 --min-count
}

# make_dos_text: dos.txt is unix.txt with a byte order mark and the newlines of DOS.
make_dos_text() {
    make_text unix.txt
    printf '\357\273\277' >dos.txt
    sed "s/\$/$(printf '\r')/" unix.txt >>dos.txt
}

test_newlines() {
    make_dos_text
    train unix.txt
    expect_status 0
    cp cv/last.safetensors unix.safetensors
    rm -r cv
    train dos.txt --newlines lf
    expect_status 0
    expect_same_tensors unix.safetensors cv/last.safetensors
    charnn eval cv/last.safetensors dos.txt
    cp "$REPORT/out" dos.eval
    charnn eval cv/last.safetensors unix.txt
    expect_same_files dos.eval "$REPORT/out"
    charnn eval --split train cv/last.safetensors
    expect_status 0
    expect_no_stderr
    rm -r cv
    train dos.txt
    expect_stderr_contains '42 different'
    train dos.txt --newlines lf
    expect_stderr_contains '40 different'
}

test_newlines_and_a_prime() {
    make_dos_text
    train dos.txt --newlines lf
    head -n 2 unix.txt >prime.unix
    sed "s/\$/$(printf '\r')/" prime.unix >prime.dos
    charnn sample cv/last.safetensors -l 50 --seed 1 --primetext-file prime.unix
    expect_status 0
    tail -n +3 "$REPORT/out" >continued
    charnn sample cv/last.safetensors -l 50 --seed 1 --primetext-file prime.dos
    expect_status 0
    expect_no_stderr
    tail -n +3 "$REPORT/out" | cmp - continued || fail 'expected CR LF to be read as LF'
}

# What begins a file, and what ends a text, is read as the corpus was.
test_newlines_and_marks_and_stops() {
    make_dos_text
    train dos.txt --newlines lf
    head -n 1 unix.txt >prime.unix
    head -n 1 dos.txt >prime.dos
    charnn sample cv/last.safetensors -l 300 --seed 1 --primetext-file prime.unix --stop "$(printf 'e\nx')"
    tail -n +2 "$REPORT/out" >continued
    charnn sample cv/last.safetensors -l 300 --seed 1 --primetext-file prime.dos --stop "$(printf 'e\r\nx')"
    expect_status 0
    expect_no_stderr
    head -n 1 "$REPORT/out" | cmp - prime.dos || fail 'expected the prime as it is'
    tail -n +2 "$REPORT/out" | cmp - continued || fail 'expected mark and returns to be no part of the text'
    rm -r cv
    train dos.txt
    charnn sample cv/last.safetensors -l 5 --seed 1 --primetext-file prime.dos --stop "$(printf 'e\r\nx')"
    expect_status 0
    expect_no_stderr
    rm -r cv
    train unix.txt
    charnn sample cv/last.safetensors -l 5 --seed 1 --primetext-file prime.dos
    expect_refusal 1 '2 characters' 'U+FEFF at position 1' U+000D
    charnn sample cv/last.safetensors -l 5 --seed 1 --stop "$(printf 'e\r\nx')"
    expect_status 1
    expect_stderr_contains 'the model has not seen: U+000D at position 2'
}

test_newlines_of_what_weights_come_from() {
    make_dos_text
    train dos.txt --newlines lf
    mv cv/last.safetensors lf.safetensors
    rm -r cv
    train dos.txt --init-from lf.safetensors
    expect_status 0
    expect_stderr_contains '40 different'
    rm -r cv
    train dos.txt --init-from lf.safetensors --newlines keep
    expect_stderr_contains '42 different'
}

test_byte_order_mark_alone() {
    printf '\357\273\277' >mark.txt
    train mark.txt --newlines lf
    expect_refusal 1 'mark.txt is empty'
}

test_newlines_and_copies() {
    make_dos_text
    train dos.txt --newlines lf
    charnn eval cv/last.safetensors dos.txt --copy-check dos.txt
    expect_status 0
    expect_stdout_contains 'copied      100.0%'
    charnn sample cv/last.safetensors -l 200 --seed 1 --copy-check unix.txt --copy-run 1
    cp "$REPORT/err" unix.report
    charnn sample cv/last.safetensors -l 200 --seed 1 --copy-check dos.txt --copy-run 1
    expect_status 0
    expect_same_files unix.report "$REPORT/err"
}

test_any_bytes() {
    make_checkpoint
    printf 'a\000\355\240\200\300\257\342\202 \377\n' >odd
    cat odd odd odd odd odd odd odd odd odd odd >bytes
    train bytes
    expect_refusal 1 NUL '--encoding bytes' '--encoding utf8'
    train bytes --encoding utf8
    expect_status 0
    expect_stderr_contains '120 characters (UTF-8), 12 different'
    train bytes --encoding bytes
    expect_status 0
    expect_stderr_contains '120 characters (bytes), 12 different'
}

# 20,000 different characters: as fast as the output product allows, and it can write them all.
test_large_vocabulary() {
    LC_ALL=C awk 'BEGIN {
        for (i = 0; i < 40000; i++) {
            c = 19968 + i * 7919 % 20000
            printf "%c%c%c", 224 + int(c / 4096), 128 + int(c / 64) % 64, 128 + c % 64
        }
    }' >wide.txt
    train wide.txt
    expect_status 0
    expect_stderr_contains '40,000 characters (UTF-8), 20,000 different'
    charnn sample cv/last.safetensors --length 20 --seed 1 --temperature 2
    expect_status 0
    [ "$(wc -c <"$REPORT/out")" -eq 60 ] || fail 'expected 20 characters of three bytes'
}
