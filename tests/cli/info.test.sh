# shellcheck shell=sh
# What `charnn info` says of a checkpoint.

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
{"path":"ab.safetensors","format":1,"model":"rnn","rnn_size":1,"num_layers":1,"peephole":false,
"parameters":9,"vocab_size":2,"vocab":{"encoding":"utf8","symbols":["a","b"]},
"settings":{"model":"rnn","rnn_size":1,"num_layers":1},"files":null,"training":null,"tensors":[
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
    for option in '' --json; do
        # shellcheck disable=SC2034 # read by expect_refusal
        status=0
        # shellcheck disable=SC2034,SC2086 # the same; and perhaps there is no word
        "$CHARNN" info $option "$ROOT/tests/golden/ab.safetensors" >/dev/full 2>"$REPORT/err" ||
            status=$?
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
