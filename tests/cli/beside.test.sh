# shellcheck shell=sh
# `charnn inspect --ngrams`: n-gram models beside the network, and its errors by type.

needs() {
    command -v "$1" >/dev/null 2>&1 || skip "$1 is not installed"
}

# make_model [OPTION]...: a run on text.txt, 1,000 letters a and b without a newline, in cv.
make_model() {
    awk 'BEGIN {
        x = 7
        for (i = 0; i < 1000; i++) { x = (x * 75 + 74) % 65537; printf "%s", x % 3 ? "b" : "a" }
    }' >text.txt
    charnn train text.txt --rnn-size 4 --num-layers 1 --max-steps 40 --seed 1 --batch-size 2 --seq-length 10 \
        --learning-rate 0.05 --train-frac 0.7 --val-frac 0.2 "$@"
    expect_status 0
}

# With two letters that are frequent, the model with n = 1 gives each its share of the training part.
test_beside_models_learn_from_the_training_part() {
    needs jq
    make_model
    a=$(head -c 700 text.txt | tr -dc a | wc -c)
    charnn inspect cv/best.safetensors --ngrams 20 --json --values
    expect_status 0
    expect_no_stderr
    jq -e --argjson a "$a" '. as $all
        | ([.text[1:][] | -((if . == "a" then $a else 700 - $a end) / 700 | log)] | add / length) as $wanted
        | .characters == 199 and .ngrams.training_characters == 700 and (.ngrams.models | length) == 20
        and ([.ngrams.models[].n] == [range(1; 21)])
        and (.ngrams.models[0].nats_per_char - $wanted | fabs) < 1e-12
        and .ngrams.equal == ([.ngrams.models[] | select(.nats_per_char <= $all.nats_per_char).n] | first)
        and .errors.count == ([.nats[1:][] | select(-. | exp <= 0.5)] | length)' "$REPORT/out" >/dev/null ||
        fail 'expected the shares of the training part'
}

# The report has the numbers of JSON, for every cell.
test_beside_report_and_json_of_each_cell() {
    needs jq
    for cell in rnn gru lstm 'lstm --peephole'; do
        # shellcheck disable=SC2086 # words
        make_model --model $cell
        charnn inspect cv/best.safetensors --ngrams 12 --threads 2
        expect_status 0
        cp "$REPORT/out" report
        charnn inspect cv/best.safetensors --ngrams 12 --json --values
        cp "$REPORT/out" json
        jq -r '.ngrams.models[] | [.n, .nats_per_char, .only_network, .only_ngram] | @tsv' json |
            awk '{ printf "%2d  %9.4f  %22d  %27d\n", $1, $2, $3, $4 }' >models
        sed -n '/^ n  nats/,/^equal/p' report | sed '1d; $d' | cmp - models || fail "the models differ: $(cat models)"
        grep -qx "equal       at $(jq -r '.ngrams.equal // "no n up to 12" | if type == "number" then "n = \(.)" else . end' json)" \
            report || fail 'expected the n that equals the network'
        jq -r '.errors.types[] | [.type, .count] | @tsv' json | awk -F'\t' '{ printf "%-13s %9d\n", $1, $2 }' >types
        sed -n '/^type  /,/^the rest/p' report | sed 1d | cut -c 1-23 | cmp - types || fail "the types differ: $(cat types)"
        jq -e '.errors | .count == ([.types[].count] | add) and (([.types[].share] | add) - 1 | fabs) < 1e-12 and .count > 9' \
            json >/dev/null || fail 'expected shares of all errors'
        jq -e '. as $all | [.errors.types[].examples[] | .nats == $all.nats[.position - 1] and
            .character == $all.text[.position - 1] and
            .before == ($all.text[[.position - 25, 0] | max:.position - 1] | join(""))] | all and length > 3' json >/dev/null ||
            fail 'expected the examples where the text has them'
    done
}

# The text is needed only for --ngrams; another place of it is named.
test_beside_training_text_that_moved() {
    make_model
    cp text.txt other.txt
    charnn inspect cv/best.safetensors other.txt --ngrams 3
    expect_status 0
    cp "$REPORT/out" before
    mv text.txt moved.txt
    charnn inspect cv/best.safetensors other.txt
    expect_status 0
    expect_no_stderr
    charnn inspect cv/best.safetensors other.txt --ngrams 3
    expect_refusal 1 'text.txt' 'if it has moved, name it with --ngrams-text'
    charnn inspect cv/best.safetensors other.txt --ngrams 3 --ngrams-text moved.txt
    expect_status 0
    expect_no_stderr
    expect_same_files before "$REPORT/out"
    run sh -c '"$1" inspect cv/best.safetensors other.txt --ngrams 3 --ngrams-text - <moved.txt' sh "$CHARNN"
    expect_status 0
    expect_same_files before "$REPORT/out"
    # Another text: said, and used.
    printf 'abababababababababab' >another.txt
    charnn inspect cv/best.safetensors other.txt --ngrams 3 --ngrams-text another.txt
    expect_status 0
    expect_stderr_contains 'this is not the text that'
    expect_stdout_contains 'training part, 14 characters'
}

# Records of bytes: the training part and each end symbol, which the network predicts like a character.
test_beside_records_of_bytes() {
    needs jq
    awk 'BEGIN { for (i = 0; i < 60; i++) print "Ab\377" i "\377" }' >records.txt
    charnn train records.txt --records line --split-seed 0 --rnn-size 4 --num-layers 1 --max-steps 3 --seed 1 --batch-size 2 \
        --learning-rate 0.01 --train-frac 0.5 --val-frac 0.5
    expect_status 0
    charnn inspect cv/last.safetensors --ngrams 6 --json --values
    expect_status 0
    # 31 records, to the start of a record that is nearest to the middle: 10 of 5 bytes, 21 of 6, and 32 end symbols.
    jq -e '. as $all | .ngrams.training_characters == 208 and .text[0] == "<end>"
        and .errors.count == ([.nats[1:][] | select(-. | exp <= 0.5)] | length)
        and ([.errors.types[] | select(.type == "n-gram").count] | add) > 90
        and ([.errors.types[].examples[] | select(.character == "<end>" or (.before | contains("<end>")))] | length) > 0' \
        "$REPORT/out" >/dev/null || fail 'expected records'
    charnn inspect cv/last.safetensors --ngrams 6
    expect_stdout_contains '<end>Ab\xff'
}

test_beside_page() {
    needs jq
    {
        i=0
        while [ $i -lt 40 ]; do
            printf '<b>&"naïve%s"</b>; ' $i
            i=$((i + 1))
        done
    } >draft.txt
    charnn train draft.txt --rnn-size 5 --num-layers 1 --max-steps 5 --seed 1 --batch-size 1 --seq-length 10 --learning-rate 0.002 \
        --train-frac 0.5 --val-frac 0.5
    expect_status 0
    charnn inspect cv/last.safetensors --ngrams 5 --html page.html --json
    expect_status 0
    cp "$REPORT/out" json
    sed '/^<script>$/,/^<\/script>$/d' page.html >html
    expect_well_formed html
    jq -r '.ngrams.models[] | "\(.n) \(.nats_per_char)"' json |
        awk '{ printf "<title>n = %d: %.4f</title>\n", $1, $2 }' >wanted
    grep -o '<title>n = [^<]*</title>' page.html | cmp - wanted || fail "expected $(cat wanted)"
    jq -r '.errors.types[] | "<dt>\(.type): \(.count)</dt>"' json >wanted
    grep -o '<dt>.*</dt>' page.html | cmp - wanted || fail "expected $(cat wanted)"
    [ "$(grep -c '<rect' page.html)" -eq 14 ] || fail 'expected a bar for each type'
    [ "$(grep -c '<mark>' page.html)" -eq "$(jq '[.errors.types[].examples[]] | length' json)" ] || fail 'expected the examples'
    grep -q '<code>.*&lt;.*</code>' page.html || fail 'expected an escaped example'
    # Without the option the page has none of it.
    charnn inspect cv/last.safetensors --html page.html --json
    ! grep -q 'n-gram\|<rect' page.html || fail 'expected no n-grams'
    ! grep -q 'ngrams\|errors' "$REPORT/out" || fail 'expected no n-grams'
}

test_beside_refuses() {
    make_model
    charnn inspect cv/best.safetensors --ngrams 21
    expect_refusal 2 '--ngrams' 'from 0 to 20'
    charnn inspect cv/best.safetensors --ngrams-text text.txt
    expect_refusal 2 '--ngrams-text needs --ngrams'
    charnn inspect cv/best.safetensors --ngrams 2 --rank
    expect_refusal 2 '--ngrams has no effect on --rank'
    charnn inspect "$ROOT/tests/golden/ab.safetensors" text.txt --ngrams 2
    expect_refusal 1 'does not record its training text' 'name the text with --ngrams-text'
    printf a >a.txt
    charnn inspect cv text.txt --ngrams 2 --ngrams-text a.txt
    expect_status 1
    expect_stderr_contains 'the training part of a.txt is empty; name another text with --ngrams-text'
    printf 'xyzxyzxyz' >strangers.txt
    charnn inspect cv text.txt --ngrams 2 --ngrams-text strangers.txt
    expect_status 1
    expect_stderr_contains 'no character of the vocabulary'
    i=0
    while [ $i -lt 20 ]; do
        cat text.txt
        i=$((i + 1))
    done >large.txt
    CHARNN_MEMORY=100000 faulty '' inspect cv/best.safetensors text.txt --length 100 --ngrams 2 --ngrams-text large.txt
    expect_status 1
    expect_no_stdout
    expect_stderr_contains 'counting n-grams needs' 'this machine has 98 kB; inspect without --ngrams'
    printf '<!DOCTYPE html>\nabab' >page.html
    ln page.html text.html
    charnn inspect cv/best.safetensors text.txt --ngrams 2 --ngrams-text page.html --html text.html
    expect_status 2
    expect_stderr_contains '--html: text.html is the same file as the text page.html'
}
