# shellcheck shell=sh
# The models of models/ and their cards.

# in_card CARD ROW: prints that row of the card's table.
in_card() {
    sed -n "s/^| $2 | \(.*\) |\$/\1/p" "$1"
}

test_models_are_as_their_cards_say() {
    for model in "$ROOT"/models/*.safetensors; do
        card=${model%.safetensors}.md
        [ -f "$card" ] || fail "$model has no card"
        charnn info "$model"
        expect_status 0
        cell=$(sed -n 's/^  cell  *//p' "$REPORT/out")
        layers=$(sed -n 's/^  layers  *//p' "$REPORT/out")
        parameters=$(sed -n 's/^  parameters  *//p' "$REPORT/out")
        best=$(sed -n 's/^  best  *\([0-9.]*\) nats.*/\1/p' "$REPORT/out")
        [ "$(in_card "$card" model)" = "$cell, ${layers%% of*} layers of ${layers##* of }, $parameters parameters" ] ||
            fail "the shape of $model is not that of its card: $cell, $layers, $parameters"
        case $(in_card "$card" validation) in
        "$best nats per character "*) ;;
        *) fail "the validation loss of $model is $best" ;;
        esac
        grep -q "^    $(basename "$model" .safetensors)) make_model " "$ROOT/scripts/make-models.sh" ||
            fail "scripts/make-models.sh does not make $model"
    done
}

# The samples in the cards are what the models write; so the files are whole, and the arithmetic is the same.
test_samples_of_the_cards() {
    for card in "$ROOT"/models/*.md; do
        [ "$(basename "$card")" != README.md ] || continue
        # shellcheck disable=SC2046 # words of a command
        charnn $(sed -n "s|^    \$ charnn sample models/|sample $ROOT/models/|p" "$card")
        expect_status 0
        sed '1,/^    \$ charnn sample /d; s/^    //' "$card" >expected
        expect_same_files expected "$REPORT/out"
    done
}

# With the logs and pictures beside them.
test_models_are_small() {
    size=$(find "$ROOT/models" -type f -exec cat {} + | wc -c)
    [ "$size" -le 4000000 ] || fail "models has $size bytes; at most 4,000,000 may be shipped"
}
