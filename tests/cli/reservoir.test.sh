# shellcheck shell=sh
# charnn train --reservoir: echo state networks.

# train ARGUMENT...: a very short run; the arguments override these options.
train() {
    charnn train text.txt --reservoir --rnn-size 20 --density 0.2 --batch-size 4 --seq-length 10 --dropout 0.2 \
        --schedule step --learning-rate 0.01 --max-steps 40 --seed 1 --threads 1 --checkpoint-dir cv "$@"
}

test_a_reservoir_learns_and_its_layer_stays() {
    make_text text.txt
    for leak in 1 0.5; do
        train --leak $leak --max-steps 1
        expect_status 0
        charnn info --json cv/last.safetensors
        expect_stdout_contains '"reservoir":true' "\"leak\":$leak" '"num_layers":1'
        cp cv/last.safetensors one
        train --leak $leak --weight-decay 0.01 --l2 1e-6 --max-steps 300
        expect_status 0
        # the recurrent layer comes first in the file: 20 units of 37 characters, 20 states and 2 biases
        bytes=$((4 * 20 * (37 + 20 + 2)))
        [ $leak = 1 ] || bytes=$((3 * bytes))
        tensors one >before
        tensors cv/last.safetensors >after
        cmp -n $bytes before after || fail "leak $leak: expected the same layer"
        ! cmp -s before after || fail 'expected another output'
        charnn eval cv/best.safetensors text.txt --json
        loss=$(sed 's/.*"nats_per_char":\([0-9.]*\).*/\1/' "$REPORT/out")
        awk "BEGIN { exit !($loss > 0 && $loss < 2) }" || fail "leak $leak: expected less than 2 nats, not $loss"
        charnn sample cv/best.safetensors --length 20
        expect_status 0
    done
}

test_threads_and_a_resume_give_the_same_reservoir() {
    make_text text.txt
    for leak in 1 0.5; do
        train --leak $leak
        mv cv whole
        train --leak $leak --max-steps 17 --threads 3
        charnn train --resume --max-steps 40 --checkpoint-dir cv --threads 2
        expect_status 0
        expect_same_files whole/last.safetensors cv/last.safetensors
        rm -r cv whole
    done
}

# With --init-from the output of any model is learned alone.
test_the_output_of_another_model_is_learned() {
    make_text text.txt
    make_checkpoint
    charnn train text.txt --reservoir --init-from "$CHECKPOINT" --max-steps 5 --checkpoint-dir cv
    expect_status 0
    tensors "$CHECKPOINT" >before
    tensors cv/last.safetensors >after
    cmp -n $((4 * 32 * 8)) before after || fail 'expected the same layer'
    charnn info --json cv/last.safetensors
    expect_stdout_contains '"model":"lstm"' '"reservoir":true'
}

test_a_reservoir_has_its_own_cell() {
    printf abc >text.txt
    charnn train text.txt --reservoir --model lstm
    expect_refusal 2 '--reservoir with --leak 1 needs --model rnn and --num-layers 1, but they are lstm and 1; leave them out'
    charnn train text.txt --reservoir --leak 0.5 --num-layers 2
    expect_refusal 2 '--reservoir with --leak 0.5 needs --model gru and --num-layers 1, but they are gru and 2; leave them out'
}

test_ridge_begins_with_the_solution() {
    has_lapack || skip 'built without LAPACK'
    make_text text.txt
    train --ridge 1e-4 --max-steps 1 --learning-rate 1e-9 --average 0
    expect_status 0
    solved=$(sed -n 's/^ridge  *the output predicts the start of the text with \([0-9.]*\) nats, its logits times .*/\1/p' "$REPORT/err")
    val=$(sed -n 's/^best  *val \([0-9.]*\) nats.*/\1/p' "$REPORT/err")
    awk "BEGIN { exit !($solved > 0 && $solved < 1.5 && $val < 1.5) }" ||
        fail "expected less than 1.5 nats, not $solved and $val"
    # a resumed run has it already
    train --ridge 1e-4
    mv cv whole
    train --ridge 1e-4 --max-steps 17 --threads 3
    charnn train --resume --max-steps 40 --checkpoint-dir cv
    expect_status 0
    ! grep -q '^ridge' "$REPORT/err" || fail 'expected no second regression'
    expect_same_files whole/last.safetensors cv/last.safetensors
}

test_ridge_is_refused_where_it_cannot_be() {
    printf abc >text.txt
    charnn train text.txt --ridge 1
    expect_refusal 2 '--ridge needs --reservoir'
    has_lapack && return
    charnn train text.txt --reservoir --ridge 1
    expect_refusal 2 '--ridge needs LAPACK, without which this charnn was built; install its C interface (on Debian liblapacke-dev) and run make LAPACK=yes'
}
