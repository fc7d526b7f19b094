# shellcheck shell=sh
# The penalties of charnn train. Their gradients: tests/nn/test_penalties.c, tests/train/test_weight_penalty.c.

# norm_of ARGUMENT...: sets `norm` to the gradient's norm in the first step on text.txt, and `loss`.
norm_of() {
    rm -rf cv run.jsonl
    charnn train text.txt --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 --learning-rate 0.002 --schedule step --dropout 0.1 --recurrent-dropout 0 \
        --grad-clip 0 --dropout 0 --print-every 1 --max-steps 1 --seed 1 --threads 1 --checkpoint-dir cv --log run.jsonl "$@"
    expect_status 0
    norm=$(sed -n 's/.*"gradient_norm":\([^,}]*\).*/\1/p' run.jsonl | head -n 1)
    loss=$(sed -n 's/.*"train_loss":\([^,}]*\).*/\1/p' run.jsonl | head -n 1)
}

# expect_norm LEAST MOST ARGUMENT...: within the two; the loss is as before.
expect_norm() {
    least=$1 most=$2
    shift 2
    norm_of "$@"
    awk "BEGIN { exit !($norm >= $least && $norm <= $most) }" ||
        fail "expected a norm from $least to $most with $*, not $norm"
    [ "$loss" = "$known" ] || fail "expected the loss $known with $*, not $loss"
}

test_each_penalty_is_in_the_gradient_and_not_in_the_loss() {
    awk 'BEGIN { for (i = 0; i < 200; i++) printf "abcde" }' >text.txt
    norm_of
    known=$loss
    awk "BEGIN { exit !($norm < 0.5) }" || fail "expected a small norm, not $norm"
    # 16 * 5 + 16 * 4 + 5 * 4 weights that are uniform in +-0.08
    expect_norm 127.5 128.5 --l1 10
    expect_norm 5 7 --l2 10
    expect_norm 1 1e9 --activation-penalty 1000
    expect_norm 1 1e9 --slowness-penalty 1000
    # one step has no change
    norm_of --seq-length 1
    known=$loss
    expect_norm "$norm" "$norm" --seq-length 1 --slowness-penalty 1000
    norm_of --model rnn
    known=$loss
    expect_norm 1 1e9 --model rnn --gradient-flow-penalty 10
}

# The gradient of the loss is a mean over what is learned, that of a penalty over all that is read.
test_a_penalty_does_not_depend_on_what_is_learned() {
    awk 'BEGIN { for (i = 0; i < 200; i++) printf "abcdefghijkl%d\t%d\n", i, i % 3 }' >text.txt
    norm_of --records line --activation-penalty 1000 --init-scale 0.5
    all=$norm
    norm_of --records line --activation-penalty 1000 --init-scale 0.5 --learn-after '\t'
    awk "BEGIN { exit !($norm > 0.98 * $all && $norm < 1.02 * $all && $norm > 10) }" ||
        fail "expected the norm $all, not $norm"
}

test_the_flow_penalty_needs_the_vanilla_network() {
    printf abc >text.txt
    charnn train text.txt --gradient-flow-penalty 1
    expect_refusal 2 '--gradient-flow-penalty needs --model rnn, but the model is lstm'
}
