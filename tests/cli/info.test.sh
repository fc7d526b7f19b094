# shellcheck shell=sh
# The output of `charnn info`.

test_info_of_a_small_checkpoint() {
    cp "$ROOT/tests/golden/ab.safetensors" .
    charnn info ab.safetensors
    expect_status 0
    expect_no_stderr
    expect_stdout 'ab.safetensors

Model
  cell          rnn
  layers        1 of 1 unit
  parameters    9
  file          format 1

Vocabulary: 2 symbols, utf8
  a b

Settings
  --model rnn --rnn-size 1 --num-layers 1

Tensors
  rnn.weight_ih_l0  F32   [1, 2]
  rnn.weight_hh_l0  F32   [1, 1]
  rnn.bias_ih_l0    F32   [1]
  rnn.bias_hh_l0    F32   [1]
  decoder.weight    F32   [2, 1]
  decoder.bias      F32   [2]'
}

test_info_as_json() {
    cp "$ROOT/tests/golden/ab.safetensors" .
    charnn info --json ab.safetensors
    expect_status 0
    expect_no_stderr
    expect_stdout "$(tr -d '\n' <<'END'
{"path":"ab.safetensors","format":1,"model":"rnn","lstm_variant":"np","rnn_size":1,"num_layers":1,"peephole":false,"skip":false,"attention":0,"weights":"f32",
"parameters":9,"vocab_size":2,"vocab":{"encoding":"utf8","symbols":["a","b"]},
"settings":{"model":"rnn","rnn_size":1,"num_layers":1},"files":null,"origin":null,"training":null,"tensors":[
{"name":"rnn.weight_ih_l0","dtype":"F32","shape":[1,2]},
{"name":"rnn.weight_hh_l0","dtype":"F32","shape":[1,1]},
{"name":"rnn.bias_ih_l0","dtype":"F32","shape":[1]},
{"name":"rnn.bias_hh_l0","dtype":"F32","shape":[1]},
{"name":"decoder.weight","dtype":"F32","shape":[2,1]},
{"name":"decoder.bias","dtype":"F32","shape":[2]}]}
END
)"
}

test_info_of_a_model_of_pytorch() {
    charnn info "$ROOT/tests/golden/lstm.safetensors"
    expect_status 0
    expect_stdout_contains '  layers        2 of 8 units' '  parameters    1,306' \
        '  newline space " \ a..c é € 😀' '  rnn.weight_ih_l1  F64   [32, 8]' \
        '  expected.nats     F64   [33]'
}

test_info_after_training() {
    make_checkpoint
    charnn info - <"$CHECKPOINT"
    expect_status 0
    expect_no_stderr
    expect_stdout_contains 'standard input' '  cell          lstm' '  layers        1 of 8 units' \
        'written by charnn' '--batch-size 4' '--no-peephole' text.txt '  steps         5, epoch' \
        '  validation    ' ' bits/char, at step 5' "  F32   6 tensors, shaped like the model's" \
        '  F32   [4, 8]'
}

# The settings of a run that began from another model repeat it, also if a resumed run reads them.
test_settings_name_the_origin() {
    command -v jq >/dev/null 2>&1 || skip 'jq is not installed'
    make_checkpoint
    set -- --batch-size 4 --seq-length 10 --threads 1
    charnn train "$SHARED/text.txt" --init-from "$CHECKPOINT" --max-steps 4 --seed 5 "$@" --log run.jsonl
    expect_status 0
    "$CHARNN" info --json cv/best.safetensors | jq .settings >settings.json
    [ "$(jq -r .init_from settings.json)" = "$CHECKPOINT" ] || fail "$(cat settings.json)"
    [ "$(head -n 1 run.jsonl | jq -r .settings.init_from)" = "$CHECKPOINT" ] || fail 'expected it in the log'
    charnn train --config settings.json --checkpoint-dir again "$SHARED/text.txt" --threads 1
    expect_status 0
    expect_stderr_contains "origin      $CHECKPOINT: "
    for name in best last; do
        expect_same_files cv/$name.safetensors again/$name.safetensors
    done
    charnn train --resume --config settings.json --checkpoint-dir again --max-steps 6
    expect_status 0
    expect_stderr_contains 'all steps done at step 6'
    charnn train --resume --init-from "$CHECKPOINT" --checkpoint-dir again
    expect_refusal 2 'give only one of them'
}

test_info_gives_settings_for_another_run() {
    make_text text.txt
    charnn train text.txt --rnn-size 3 --num-layers 1 --dropout 0.1 --seed 9007199254740991 \
        --batch-size 4 --seq-length 10 --max-steps 3 --checkpoint-dir first
    expect_status 0
    charnn info --json first/last.safetensors
    expect_status 0
    sed 's/.*"settings":\({[^}]*}\).*/\1/' "$REPORT/out" >settings.json
    grep -qF '"seed":9007199254740991' settings.json || fail "$(cat settings.json)"
    charnn train --config settings.json text.txt --checkpoint-dir second
    expect_status 0
    charnn info --json second/last.safetensors
    sed 's/.*"settings":\({[^}]*}\).*/\1/' "$REPORT/out" >again.json
    expect_same_files settings.json again.json
}

test_info_shows_symbols_in_runs() {
    printf '0123456789 abcABC\tcaf\303\251 \000\001\002\003 \343\201\202 \360\237\230\200 %s' \
        'and the rest of the text, which only has to be long enough' >text.txt
    charnn train text.txt --rnn-size 2 --num-layers 1 --batch-size 1 --seq-length 5 --max-steps 1 \
        --train-frac 0.8 --val-frac 0.1 --encoding utf8 --checkpoint-dir cv --seed 1 --threads 1
    expect_status 0
    COLUMNS=60 charnn info cv/last.safetensors
    expect_status 0
    sed -n '/^Vocabulary/,/^$/p' "$REPORT/out" >symbols
    cat >expected <<'END'
Vocabulary: 42 symbols, utf8
  U+0000..U+0003 tab space , 0..9 A..C a..i l n o r..u w..y
  é あ 😀

END
    cmp symbols expected || fail "the symbols are shown as $(cat symbols)"
}

test_info_to_a_full_disk() {
    [ -e /dev/full ] || skip 'no /dev/full here'
    cp "$ROOT/tests/golden/ab.safetensors" .
    for arguments in ab.safetensors '--json ab.safetensors' --build '--build --json'; do
        # shellcheck disable=SC2034 # read by expect_refusal
        status=0
        # shellcheck disable=SC2034,SC2086 # the same; and several words
        "$CHARNN" info $arguments >/dev/full 2>"$REPORT/err" || status=$?
        : >"$REPORT/out"
        expect_refusal 1 'No space left on device'
    done
}

test_info_needs_one_file() {
    charnn info
    expect_refusal 2 CHECKPOINT
    charnn info a b
    expect_refusal 2 "'b'"
}

# The kernels that `info --build` lists: "NAME supported" or "NAME not", one per line.
list_kernels() {
    sed -n '/^Kernels$/,/^$/{
        s/^  \([a-z0-9-]*\)  *supported.*/\1 supported/p
        s/^  \([a-z0-9-]*\)  *not supported.*/\1 not/p
    }' "$REPORT/out"
}

test_info_of_the_build() {
    unset CHARNN_KERNELS
    version=$(sed -n 's/^#define CHARNN_VERSION "\(.*\)"/\1/p' "$ROOT/src/base/version.h")
    charnn info --build
    expect_status 0
    expect_no_stderr
    [ "$(head -n 1 "$REPORT/out")" = "charnn $version" ] || fail 'expected the version first'
    expect_stdout_contains ', C11'
    grep -Eqx '  compiler      (gcc|clang) [0-9.]+.*, C11' "$REPORT/out" || fail 'no compiler'
    grep -Eqx '  cJSON         [0-9]+\.[0-9]+\.[0-9]+' "$REPORT/out" || fail 'no version of cJSON'
    for library in zlib zstd libedit; do
        grep -Eqx "  $(printf %-13s $library) ([0-9.]+|none: [a-z .-]*cannot be [a-z]+)" "$REPORT/out" ||
            fail "expected a row for $library"
    done
    threads=$(sed -n 's/^  \([0-9]*\)  *default: one per available processor$/\1/p' "$REPORT/out")
    if command -v nproc >/dev/null 2>&1; then
        [ "$threads" = "$(env -u OMP_NUM_THREADS nproc)" ] || fail "expected $(nproc) threads"
    fi
    list_kernels >kernels
    [ "$(tail -n 1 kernels)" = 'scalar supported' ] || fail 'expected the scalar kernels last'
    best=$(sed -n 's/ supported$//p' kernels | head -n 1)
    grep -Eqx "  $best +supported; in use: the fastest that this processor supports" "$REPORT/out" ||
        fail "expected the kernels $best to be in use"
    [ "$(grep -c 'in use' "$REPORT/out")" -eq 1 ] || fail 'expected one set to be in use'
    cp "$REPORT/out" build
    CHARNN_KERNELS='' charnn info --build
    expect_same_files build "$REPORT/out"
}

test_info_of_the_build_with_named_kernels() {
    CHARNN_KERNELS=scalar
    export CHARNN_KERNELS
    charnn info --build
    expect_status 0
    expect_no_stderr
    grep -Eqx '  scalar +supported; in use: set by CHARNN_KERNELS' "$REPORT/out" ||
        fail 'expected the scalar kernels to be in use'
    [ "$(grep -c 'in use' "$REPORT/out")" -eq 1 ] || fail 'expected one set to be in use'
}

test_info_of_the_build_where_no_kernels_can_be_used() {
    sentence="CHARNN_KERNELS: 'v9' names no kernels that this program has and this processor can \
run; unset it to use the best ones"
    charnn info --build
    list_kernels >kernels
    CHARNN_KERNELS=v9
    export CHARNN_KERNELS
    charnn info --build
    expect_status 2
    expect_stderr "charnn info: $sentence"
    list_kernels | cmp - kernels || fail 'expected the same list'
    ! grep -q 'in use' "$REPORT/out" || fail 'expected none to be in use'
    charnn info "$ROOT/tests/golden/ab.safetensors"
    expect_status 2
    expect_no_stdout
    expect_stderr "charnn info: $sentence"
    for command in train sample eval help; do
        charnn $command "$ROOT/tests/golden/ab.safetensors"
        expect_status 2
        expect_no_stdout
        expect_stderr "charnn $command: $sentence"
    done
}

test_info_of_the_build_as_json() {
    CHARNN_KERNELS=scalar
    export CHARNN_KERNELS
    charnn info --build --json
    expect_status 0
    expect_no_stderr
    [ "$(wc -l <"$REPORT/out")" -eq 1 ] || fail 'expected one line'
    expect_stdout_contains '{"version":"' '","compiler":"' '","c_standard":"C11","flags":"' \
        '","cjson":"' '{"name":"scalar","supported":true,"in_use":true}],' \
        ',"kernels_chosen_by":"CHARNN_KERNELS","threads":'
    unset CHARNN_KERNELS
    charnn info --build --json
    expect_stdout_contains '"kernels_chosen_by":"processor"'
    [ "$(grep -o '"in_use":true' "$REPORT/out" | wc -l)" -eq 1 ] || fail 'expected one to be in use'
    CHARNN_KERNELS=v9 charnn info --build --json
    expect_status 2
    expect_stderr_lines 1
    expect_stdout_contains '{"name":"scalar","supported":true,"in_use":false}'
}

# A library has a version exactly if the program is linked with it.
test_info_of_the_libraries() {
    ldd "$CHARNN" >linked 2>/dev/null || skip 'no ldd here, or the program is linked statically'
    charnn info --build
    cp "$REPORT/out" build
    charnn info --build --json
    for library in zlib:libz zstd:libzstd libedit:libedit; do
        name=${library%:*}
        value=$(sed -n "s/^  $name  *\([0-9].*\)/\"\1\"/p" build)
        expect_stdout_contains "\"$name\":${value:-null}"
        if grep -q "${library#*:}\.so" linked; then
            [ -n "$value" ] || fail "expected the version of $name"
        else
            [ -z "$value" ] || fail "expected no version of $name"
        fi
    done
}

test_info_of_the_build_takes_no_file() {
    charnn info --build x
    expect_refusal 2 --build "'x'"
}

# The id of the run is not an option.
test_the_run_is_named_beside_the_settings() {
    make_checkpoint
    charnn info "$CHECKPOINT"
    expect_status 0
    ! grep -q -e '--run ' "$REPORT/out" || fail 'expected no option --run'
    grep -Eq '^  run           [0-9a-f]{16}$' "$REPORT/out" || fail 'expected the id of the run'
    # Every setting that is shown can be given.
    sed -n '/^Settings$/,/^$/p' "$REPORT/out" | grep -o -e '--[a-z0-9-]*' | sort -u >shown
    [ "$(wc -l <shown)" -gt 20 ] || fail 'expected settings'
    charnn train --help-all
    while read -r option; do
        name=${option#--}
        grep -qF -e "--${name#no-}" -e "--[no-]${name#no-}" "$REPORT/out" || fail "expected $option in the help"
    done <shown
}

# Numbers that no run reaches are not printed: the epoch becomes 1e99.
test_absurd_numbers() {
    make_checkpoint
    epoch=$(header "$CHECKPOINT" | sed 's/.*"step\\":[0-9]*,\\"epoch\\":\([0-9.]*\),.*/\1/')
    [ "${#epoch}" -ge 4 ] || fail "expected an epoch of at least four characters: $epoch"
    edit_header "s/charnn.checksum/charnn.checksuM/; s/charnn.xxh64/charnn.xxh65/; s/\\\\\"epoch\\\\\":$epoch,/\\\\\"epoch\\\\\":$(printf "%-${#epoch}s" 1e99),/" "$CHECKPOINT" >edited.safetensors
    if cmp -s "$CHECKPOINT" edited.safetensors; then
        fail 'expected another epoch in the file'
    fi
    charnn info edited.safetensors
    grep -qx '  steps *5' "$REPORT/out" || fail 'expected the step without an epoch'
}
