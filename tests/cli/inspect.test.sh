# shellcheck shell=sh
# `charnn inspect`. The one unit of tests/golden/ab.safetensors is tanh(3) after an a and tanh(-3) after a b, so
# that what is shown is known.

needs() {
    command -v "$1" >/dev/null 2>&1 || skip "$1 is not installed"
}

AB=$ROOT/tests/golden/ab.safetensors

# make_ab FILE: 120 characters, of which the vowels are those that the unit follows; the rest is not in the
# vocabulary.
make_ab() {
    awk 'BEGIN {
        x = 7
        for (i = 0; i < 120; i++) { x = (x * 75 + 74) % 65537; printf "%s", x % 3 ? "b" : "a"; if (i % 30 == 29) print "" }
    }' >"$1"
}

test_inspect_finds_the_unit_that_follows_vowels() {
    make_ab ab.txt
    charnn inspect "$AB" ab.txt --rank
    expect_status 0
    expect_no_stderr
    [ "$(sed -n 1,2p "$REPORT/out")" = "feature	measure	layer	unit	value	first half	second half
vowel	AUC	0	0	h	1.000	1.000" ] || fail 'expected that the unit follows vowels'
    # A vanilla cell has no gates.
    charnn inspect "$AB" ab.txt
    expect_status 0
    expect_stdout_contains 'model       rnn, 1 layer of 1 unit' 'characters  120' \
        'vowel               AUC          0     0  h           1.000        1.000'
    ! grep -q 'gate\|memory' "$REPORT/out" || fail 'expected no gates'
}

# The values by the rule that the model was made of, and the losses that eval prints.
test_inspect_json() {
    needs jq
    make_ab ab.txt
    charnn inspect "$AB" ab.txt --json --values
    expect_status 0
    jq -e '.model == "rnn" and .layers == 1 and .units == 1 and .characters == 120 and .gates == [] and .memory == []
        and (.ranking[0] | .feature == "vowel" and .measure == "AUC" and .layer == 0 and .unit == 0 and .value == "h"
            and .first_half == 1 and .second_half == 1)
        and ([[.text, .ranking[0].values] | transpose[] | .[1] - (if .[0] == "a" then 1 else -1 end) * 0.995054754
            | fabs] | max < 1e-6)
        and (.text | length) == 120 and (.nats | length) == 120 and .nats[0] == 0' "$REPORT/out" >/dev/null ||
        fail 'expected the values of the unit'
    jq -r '.nats_per_char' "$REPORT/out" | sed 's/\(\.....\).*/\1/' >nats
    charnn eval "$AB" ab.txt --exact --json
    [ "$(jq -r '.nats_per_char' "$REPORT/out" | sed 's/\(\.....\).*/\1/')" = "$(cat nats)" ] || fail 'expected the loss of eval'
    charnn inspect "$AB" ab.txt --json --length 50
    jq -e '.characters == 49 and (has("text") | not) and (.ranking[0] | has("values") | not)' "$REPORT/out" >/dev/null ||
        fail 'expected 50 characters, of which one is a newline, without values'
}

# Every cell: gates of its own, the same numbers in the table and in JSON, for any number of threads.
test_inspect_shows_the_gates_of_each_cell() {
    needs jq
    make_text text.txt
    for model in 'lstm f i,f,o' 'lstm,vanilla f i,f,o' 'lstm,cifg f f,o' 'gru z r,z'; do
        # shellcheck disable=SC2086 # words
        set -- $model
        case $1 in *,*) variant=${1#*,} ;; *) variant=np ;; esac
        charnn train text.txt --model "${1%,*}" --lstm-variant "$variant" --rnn-size 6 --num-layers 2 --max-steps 8 --seed 1 --batch-size 4 \
            --learning-rate 0.05
        expect_status 0
        charnn inspect cv/last.safetensors text.txt --threads 1
        expect_status 0
        cp "$REPORT/out" table
        charnn inspect cv/last.safetensors text.txt --threads 3
        expect_same_files table "$REPORT/out"
        charnn inspect cv/last.safetensors text.txt --json
        cp "$REPORT/out" json
        [ "$(jq -r '[.gates[] | select(.layer == 1).gate] | join(",")' json)" = "$3" ] || fail "gates of $1"
        jq -r '.gates[] | [.layer, .gate, (.open, .shut | add / length)] | @tsv' json |
            awk '{ printf "%5d  %-4s  %5.3f  %5.3f\n", $1, $2, $3, $4 }' >gates
        sed -n '/^layer  gate/,/^$/p' table | sed '1d; /^$/d' | cmp - gates || fail "the table differs: $(cat gates)"
        [ "$(jq '.memory | length, (.[0] | length)' json | tr '\n' ' ')" = '2 6 ' ] || fail 'expected memories'
        jq -r '.memory[1] | sort | [.[3], .[5]] | @tsv' json | awk '{ printf "    1  %6.1f  %7.1f\n", $1, $2 }' >memory
        grep -qxF -e "$(cat memory)" table || fail "expected $(cat memory)"
    done
}

test_inspect_reads_the_validation_part() {
    make_text text.txt
    charnn train text.txt --rnn-size 4 --num-layers 1 --max-steps 3 --seed 1 --batch-size 2 --val-frac 0.2 --train-frac 0.7
    expect_status 0
    charnn inspect cv --rank
    expect_status 0
    charnn inspect cv
    cp "$REPORT/out" of_run
    charnn eval cv --split val --exact
    length=$(sed -n 's/^characters *//p' "$REPORT/out" | tr -d ,)
    grep -qx "characters  $((length + 1))" of_run || fail "expected $length characters and one"
    grep -q "^$(grep '^nats/char' "$REPORT/out")\$" of_run || fail 'expected the loss of eval'
}

test_inspect_records_and_bytes() {
    awk 'BEGIN { for (i = 0; i < 60; i++) print "Ab" i "\377 (c)" }' >records.txt
    charnn train records.txt --records line --rnn-size 4 --num-layers 1 --max-steps 3 --seed 1 --batch-size 2
    expect_status 0
    charnn inspect cv/last.safetensors records.txt --html page.html
    expect_status 0
    expect_stdout_contains 'record position     r' 'in parentheses      AUC'
    # One line for each record and one for the first end symbol.
    [ "$(sed -n 's/^const data = { text: "\(.*\)", bits.*/\1/p' page.html | sed 's/\\n/\
/g' | wc -l)" -eq 62 ] || fail 'expected the records as lines'
}

# make_page: a text with everything that a page must escape.
make_page() {
    {
        printf '</script> "quotes" \\ & <b>\t%s\n\n' "it's"
        i=0
        while [ $i -lt 12 ]; do
            printf '  if (naïve%s) { x[%s] = "é"; } /* what? */\n' $i $i
            i=$((i + 1))
        done
    } >draft.txt
    charnn train draft.txt --rnn-size 5 --num-layers 2 --max-steps 5 --seed 1 --batch-size 1 --seq-length 10 --train-frac 1 \
        --val-frac 0
    expect_status 0
    charnn inspect cv/last.safetensors draft.txt --html page.html "$@"
    expect_status 0
    expect_no_stderr
}

test_inspect_page() {
    make_page
    sed '/^<script>$/,/^<\/script>$/d' page.html >html
    expect_well_formed html
    [ "$(grep -c '<script>$' page.html) $(grep -c '</script>' page.html)" = '1 1' ] || fail 'expected one script'
    # Any letters may be in the levels.
    ! grep -v '^[a-z]: \[' page.html | grep -i 'http\|<link\|<img\|src=' || fail 'expected a page without other files'
    for text in '<title>charnn: Inside the cells</title>' '<p>Model: cv/last.safetensors (lstm, 2 layers of 5 units)</p>' \
        'title="between double quotes">in quotes</button>' '\u003c/script> \"quotes\" \\ & \u003cb>\u0009it' \
        'kinds: ["h","c","i","f","g","o",]' 'aria-label="Gate f of layer 1'; do
        grep -qF -e "$text" page.html || fail "expected in the page: $text"
    done
    # 2 layers, 3 gates, 5 units
    [ "$(grep -c '^<circle' page.html)" -eq 30 ] || fail 'expected a circle for each gate'
}

# What the page shows at some characters is what JSON says.
test_inspect_page_in_a_browser() {
    needs jq
    needs chromium
    make_page --json --values
    cp "$REPORT/out" json
    jq -r '.text as $text | .ranking[0, 1, -1] | . as $unit | (0, 7, 11, 60, ($text | length - 1))
        | [$unit.layer, $unit.unit, $unit.value, ., ($unit.values | max - min) / 500 + 0.001, $unit.values[.]] | @tsv' json >wanted
    address=file://$(printf '%s' "$PWD/page.html" | sed 's/ /%20/g')
    while read -r layer unit value at error number; do
        run chromium --headless --no-sandbox --disable-gpu --user-data-dir="$PWD/profile" --virtual-time-budget=5000 \
            --enable-logging=stderr --dump-dom "$address#$layer.$unit.$value.$at"
        expect_status 0
        ! grep 'CONSOLE' "$REPORT/err" || fail 'expected no message on the console'
        said=$(sed -n 's/.*<p id="said" role="status">\([^<]*\)<.*/\1/p' "$REPORT/out")
        symbol=$(jq -c ".text[$at] | if . == \"<end>\" then \"\\n\" else . end" json)
        case $(printf '%s' "$said" | sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g') in
        "$((at + 1)) $symbol $value = "*) ;;
        *) fail "$layer.$unit.$value.$at: $said" ;;
        esac
        echo "${said#* = }" | awk -v number="$number" -v error="$error" '
            { exit !($1 - number < error && number - $1 < error) }' || fail "expected $number: $said"
        [ "$(grep -o '<span[^>]*style="background-color: rgba\{0,1\}(' "$REPORT/out" | wc -l)" -eq \
            "$(jq '.text | length' json)" ] || fail 'expected that all characters are coloured'
    done <wanted
}

test_inspect_refuses() {
    make_ab ab.txt
    charnn inspect "$AB" missing.txt
    expect_refusal 1 'missing.txt'
    charnn inspect missing.safetensors ab.txt
    expect_refusal 1 'missing.safetensors'
    charnn inspect ab.txt ab.txt
    expect_refusal 1 'ab.txt'
    charnn inspect "$AB"
    expect_refusal 1 'does not record its training text'
    echo xyz >strangers.txt
    charnn inspect "$AB" strangers.txt
    expect_refusal 1 'the text has 0 characters in the vocabulary; inspecting needs at least 2'
    echo xyaz >strangers.txt
    charnn inspect "$AB" strangers.txt
    expect_refusal 1 'the text has 1 character in the vocabulary; inspecting needs at least 2'
    charnn inspect "$AB" ab.txt --rank --json
    expect_refusal 2 'give only one of --rank and --json'
    charnn inspect "$AB" ab.txt --values
    expect_refusal 2 '--values needs --json'
    charnn inspect "$AB" ab.txt --length 1
    expect_refusal 2 '--length' 'from 2 to'
    charnn inspect "$AB" ab.txt another.txt
    expect_refusal 2 another.txt
    run sh -c '"$1" inspect "$2" ab.txt >/dev/full' sh "$CHARNN" "$AB"
    expect_status 1
    expect_stderr_lines 1
}

test_inspect_loses_no_file() {
    make_ab ab.txt
    cp "$AB" model.safetensors
    charnn inspect model.safetensors ab.txt --html ab.txt
    expect_refusal 1 'ab.txt exists and is not an HTML page'
    charnn inspect model.safetensors ab.txt --html model.safetensors
    expect_refusal 1 'model.safetensors exists and is not an HTML page'
    expect_same_files "$AB" model.safetensors
    : >page.html
    ln page.html text.html
    charnn inspect model.safetensors ab.txt --html missing/page.html
    expect_refusal 1 'missing/page.html'
    printf '<!DOCTYPE html>\naabb' >page.html
    charnn inspect model.safetensors page.html --html text.html
    expect_refusal 2 '--html: text.html is the same file as the text page.html'
    # Few characters: nothing to rank, and no script.
    rm page.html
    printf 'aabb' >few.txt
    charnn inspect model.safetensors few.txt --html page.html
    expect_status 0
    expect_well_formed page.html
}

test_inspect_leaves_no_page_on_a_full_disk() {
    make_ab ab.txt
    faulty 'write:1:ENOSPC' inspect "$AB" ab.txt --html page.html
    expect_status 1
    expect_no_file page.html
}
