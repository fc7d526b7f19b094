# shellcheck shell=sh
# `charnn inspect --reach`: how far back a model looks.

needs() {
    command -v "$1" >/dev/null 2>&1 || skip "$1 is not installed"
}

AB=$ROOT/tests/golden/ab.safetensors
RANGES='1 2 3 4-5 6-7 8-10 11-15 16-20 21-30 31-50 51-70 71-100 101-150 151-200 201-300 301-500 501-700 701-1000 1001-1500 1501-2000'

# The losses of `charnn eval` for texts that begin k characters before the one that is predicted.
test_reach_is_the_loss_of_texts_that_begin_later() {
    needs jq
    make_checkpoint
    head -c 40 "$SHARED/text.txt" >text.txt
    charnn inspect "$CHECKPOINT" text.txt --reach --json
    expect_status 0
    cp "$REPORT/out" json
    for k in 1 2 3; do
        set --
        at=1
        while [ $((at + k)) -le 40 ]; do
            tail -c +$at text.txt | head -c $((k + 1)) >"part$at"
            set -- "$@" "part$at"
            at=$((at + 1))
        done
        charnn eval "$CHECKPOINT" "$@" --per-char --json
        expect_status 0
        last=$(jq -s --argjson k "$k" 'map(select(.position == $k + 1).nats) | [length, add]' "$REPORT/out")
        charnn eval "$CHECKPOINT" text.txt --per-char --json
        jq -s --argjson k "$k" --argjson last "$last" --slurpfile inspect json '
            (map(select(.position > $k).nats) | add) as $whole
            | $inspect[0].reach[0] as $reach | ($reach.points[$k - 1]) as $point
            | ([$last[0] == 40 - $k, $point.from == $k, $point.to == $k]
                + [($last[1] - $whole) / $last[0] - $point.more, $reach.nats_per_char + $point.more - $point.nats_per_char,
                   $reach.nats_per_char - $inspect[0].nats_per_char | fabs < 1e-5]) | all' "$REPORT/out" |
            grep -qx true || fail "k = $k: $last"
    done
}

# The state of this network after a character depends on nothing before it.
test_reach_of_a_model_without_memory() {
    needs jq
    awk 'BEGIN { x = 7; for (i = 0; i < 3000; i++) { x = (x * 75 + 74) % 65537; printf "%s", x % 3 ? "b" : "a" } }' >ab.txt
    charnn inspect "$AB" ab.txt --reach --json
    expect_status 0
    expect_no_stderr
    jq -e --arg ranges "$RANGES" '.reach | length == 1 and (.[0] | .file == $ARGS.named.file and .model == "rnn, 1 layer of 1 unit"
        and ([.points[] | if .from == .to then "\(.to)" else "\(.from)-\(.to)" end] | join(" ")) == $ranges
        and (.points | all(.more == 0 and .standard_error == 0)) and (.nats_per_char as $whole
            | .points | all(.nats_per_char == $whole)))' --arg file "$AB" "$REPORT/out" >/dev/null || fail 'expected a flat curve'
    # Without --reach nothing is measured.
    charnn inspect "$AB" ab.txt --json
    jq -e 'has("reach") | not' "$REPORT/out" >/dev/null || fail 'expected no reach'
}

test_reach_report_and_page() {
    needs jq
    make_checkpoint
    mkdir other
    cp "$CHECKPOINT" other/best.safetensors
    head -c 700 "$SHARED/text.txt" >text.txt
    charnn inspect "$CHECKPOINT" text.txt --reach --against "$AB" --json
    expect_refusal 1 "cannot compare $CHECKPOINT with $AB: the text has '" "which the latter does not know"
    charnn inspect "$CHECKPOINT" text.txt --reach --against other --json --threads 1
    expect_status 0
    cp "$REPORT/out" json
    jq -e '.reach | length == 2 and .[1].file == "other/best.safetensors" and .[0].points == .[1].points' json >/dev/null ||
        fail 'expected the same numbers of the same model'
    charnn inspect "$CHECKPOINT" text.txt --reach --against other --html page.html --threads 3
    expect_status 0
    jq -r '.reach[1] | "\(.file) (\(.model))", "characters before  nats/char     more       +-",
        (.points[] | [if .from == .to then .to else "\(.from) to \(.to)" end, .nats_per_char, .more, .standard_error] | @tsv),
        "all\t\(.nats_per_char)"' json | awk -F '\t' 'NF == 1 { print; next }
            NF == 2 { printf "%-17s  %9.4f\n", $1, $2; next }
            { printf "%-17s  %9.4f  %7.4f  %7.4f\n", $1, $2, ($3 < 5e-5 && $3 > -5e-5) ? 0 : $3, $4 }' >wanted
    sed -n '/^other/,$p' "$REPORT/out" | cmp - wanted || fail "expected $(cat wanted)"
    sed '/^<script>$/,/^<\/script>$/d' page.html >html
    expect_well_formed html
    sed -n '/^<svg.*class="reach"/,/^<\/svg>/p' page.html >picture.svg
    expect_well_formed picture.svg
    points=$(jq '.reach[0].points | length' json)
    [ "$(grep -c '^<circle' picture.svg)" -eq $((2 * points)) ] || fail 'expected a circle for each point'
    [ "$(grep -c 'd="M[0-9. ]*L' picture.svg)" -eq 2 ] || fail 'expected two curves'
    jq -r '.reach[0].points[3] | "<title>4 to 5: \(.nats_per_char * 10000 | round / 10000)"' json >title
    grep -qF -f title picture.svg || fail "expected $(cat title)"
    charnn inspect "$CHECKPOINT" text.txt --reach --rank
    expect_status 0
    ! grep -q 'characters before' "$REPORT/out" || fail 'expected only the ranking'
    printf qu >two.txt
    charnn inspect "$CHECKPOINT" two.txt --reach --html two.html
    expect_status 0
    expect_well_formed two.html
    grep -q '^1  .* 0.0000        -$' "$REPORT/out" || fail 'expected no standard error'
}

test_reach_refuses() {
    make_checkpoint
    head -c 100 "$SHARED/text.txt" >text.txt
    charnn inspect "$CHECKPOINT" text.txt --against "$CHECKPOINT"
    expect_refusal 2 '--against needs --reach'
    charnn inspect "$CHECKPOINT" text.txt --reach --against missing.safetensors
    expect_refusal 1 missing.safetensors
    charnn train text.txt --records line --rnn-size 2 --num-layers 1 --max-steps 1 --batch-size 1 --checkpoint-dir lines
    expect_status 0
    charnn inspect "$CHECKPOINT" text.txt --reach --against lines/last.safetensors
    expect_refusal 1 'they were not trained with the same --records'
    charnn train text.txt --encoding bytes --rnn-size 2 --num-layers 1 --max-steps 1 --batch-size 1 --checkpoint-dir bytes
    expect_status 0
    charnn inspect "$CHECKPOINT" text.txt --reach --against bytes/last.safetensors
    expect_refusal 1 'the characters of only one of them are bytes'
}

test_inspect_shows_progress() {
    needs_terminal
    make_checkpoint
    head -n 20 "$SHARED/text.txt" >text.txt
    for option in '' --reach; do
        charnn inspect "$CHECKPOINT" text.txt $option
        expect_status 0
        SHELL=/bin/sh TERM=xterm script -qec "'$CHARNN' inspect '$CHECKPOINT' text.txt $option" /dev/null </dev/null |
            tr -d '\r' | sed "s/$(printf '\033')\[K/L/g" >shown
        line='L[0-9][0-9,]* of [0-9][0-9,]* characters[^L]*'
        sed "1s|^\(\($line\)*L\)*||" shown | cmp - "$REPORT/out" || fail 'expected live lines, then the report alone'
        grep -q "^$line" shown || fail 'expected a live line'
    done
}
