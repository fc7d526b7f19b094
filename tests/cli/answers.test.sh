# shellcheck shell=sh
# Answers: train --learn-after, eval --answers, sample with questions.

# make_parities N: N words with a tab and whether their length is odd or even, in parity.tsv.
make_parities() {
    awk -v count="$1" 'BEGIN {
        for (i = 0; i < count; i++) {
            word = ""
            for (n = i % 4 + 3; n > 0; n--) {
                word = word substr("abc", (i * n + n * n) % 3 + 1, 1)
            }
            printf "%s%d\t%s\n", word, i % 7, (length(word) % 2 ? "even" : "odd")
        }
    }' >parity.tsv
}

# train ARGUMENT...: until the model answers right.
train() {
    charnn train --records line --learn-after '\t' --rnn-size 24 --num-layers 1 --batch-size 8 \
        --seq-length 20 --schedule step --dropout 0 --recurrent-dropout 0 --learning-rate 0.01 --max-epochs 12 --val-frac 0.1 --seed 1 \
        --threads 2 "$@"
}

test_questions_are_answered() {
    make_parities 700
    train parity.tsv
    expect_status 0
    # all answers of the text are right, however they are found
    for how in '' '--beam 3' '--answers-only --split val' '--threads 1'; do
        # shellcheck disable=SC2086 # several options
        charnn eval cv/best.safetensors parity.tsv --answers $how
        expect_status 0
        expect_stdout_contains ' right (100.0%), character error rate 0.0%'
    done
    # edits and what was given instead: odd and even are given in turn
    printf 'aa0\todd\naaa0\todd\naa0\toddev\naaa0\tevn\n' >marked.tsv
    charnn eval cv/best.safetensors marked.tsv --answers
    expect_status 0
    expect_stdout_contains 'answers     1 of 4 right (25.0%), character error rate 50.0%'
    cat >expected <<'END'
given       (columns) to the questions whose answer is the row's:
           evn    odd  oddev  other
    evn      0      0      0      1
    odd      0      1      0      1
  oddev      0      1      0      0
END
    sed -n '/^given/,$p' "$REPORT/out" >table
    expect_same_files table expected
    charnn eval cv/best.safetensors marked.tsv --answers --json
    expect_status 0
    expect_stdout_contains '"questions":4,"exact":1,"accuracy":0.25,"character_error_rate":0.5'
    expect_stdout_contains '{"answer":"oddev","given":"odd","count":1}'
    expect_stdout_contains '{"answer":"evn","count":1}'
    # the loss is that of answers: reading a longer question costs nothing
    charnn eval cv/best.safetensors parity.tsv
    expect_status 0
    learned=$(awk -F '\t' '{ n += length($2) + 1 } END { print n }' parity.tsv)
    grep -qx "characters  $learned" "$REPORT/out" || fail "expected $learned characters"
    # questions get what ends them
    printf 'aaa0\naa0\t\n' >questions
    charnn sample cv --primes questions --argmax
    expect_status 0
    printf 'aaa0\teven\naa0\todd\n' | cmp -s - "$REPORT/out" || fail 'expected two answers'
    charnn sample cv --primetext aa0 --json --argmax
    expect_stdout_contains '"text":"aa0\todd"'
    charnn sample cv --length 3
    expect_status 0
    expect_stderr_contains 'this model learned only answers'
    charnn sample cv --primes marked.tsv
    expect_stderr_contains '4 of 4 primes have an answer already'
    # answers that the model cannot write are shown as they are, and none of them is right
    printf 'aa0\t文\naaa0\t文x\n' >strange.tsv
    charnn eval cv/best.safetensors strange.tsv --answers --json
    expect_stdout_contains '"exact":0,' '{"answer":"文","count":1}' '{"answer":"文x","count":1}'
    printf 'aa0\t\naaa0\t\n' >empty.tsv
    charnn eval cv/best.safetensors empty.tsv --answers
    expect_stdout_contains 'answers     0 of 2 right (0.0%), character error rate -' '  (empty)        0      2'
    awk 'BEGIN { while (i++ < 200) print "a" i "\t" i }' >numbers.tsv
    charnn eval cv/best.safetensors numbers.tsv --answers --answers-only --split val
    expect_stdout_contains 'right (0.0%)'
    grep -q '^unseen      [12][0-9] true answers are not in the training part$' "$REPORT/out" ||
        fail 'expected the number of unseen answers'
}

test_a_run_of_answers_resumes() {
    make_parities 300
    train parity.tsv --max-epochs 2 --checkpoint-dir whole
    expect_status 0
    train parity.tsv --max-epochs 1
    expect_status 0
    charnn train --resume --max-epochs 2
    expect_status 0
    expect_same_files cv/best.safetensors whole/best.safetensors
    charnn train parity.tsv --init-from cv/best.safetensors --max-steps 1 --checkpoint-dir next
    expect_status 0
    expect_line "note        as the model was trained: --records line --learn-after '\t'"
    charnn info --json next/last.safetensors
    expect_stdout_contains '"learn_after":"\t"'
}

test_what_answers_need() {
    make_parities 300
    charnn train parity.tsv --learn-after '\t'
    expect_refusal 2 "--learn-after needs records"
    charnn train parity.tsv --records line --learn-after 'x\r'
    expect_refusal 2 '--learn-after: the text must be valid UTF-8 and not end with a carriage return'
    printf 'a\tb\n\nc d\n' >without.tsv
    charnn train without.tsv --records line --learn-after '\t'
    expect_refusal 1 "without.tsv: the record at line 3 lacks the text '\\t'"
    charnn train parity.tsv --records line --max-steps 1
    expect_status 0
    charnn eval cv/best.safetensors parity.tsv --answers
    expect_refusal 1 'cannot answer questions: it was not trained with --learn-after'
    charnn eval cv/best.safetensors parity.tsv --beam 2
    expect_refusal 2 '--beam and --answers-only need --answers'
    charnn eval cv/best.safetensors parity.tsv --answers --answers-only
    expect_refusal 2 '--answers-only needs --split'
    charnn eval cv/best.safetensors parity.tsv --answers --answers-only --split test --beam 2
    expect_refusal 2 '--answers-only compares all answers'
    charnn eval cv/best.safetensors parity.tsv --answers --per-line
    expect_refusal 2 '--answers goes with totals only'
}
