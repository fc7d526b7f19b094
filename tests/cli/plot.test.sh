# shellcheck shell=sh
# Learning curves of logs with known numbers.

# validation STEP EPOCH TRAIN VAL: a line of a log.
validation() {
    printf '{"event":"validation","step":%s,"epoch":%s,"train_loss":%s,"val_loss":%s}\n' "$@"
}

# start STEP
start() {
    printf '{"event":"start","schema":1,"step":%d,"rollbacks":0}\n' "$1"
}

# make_log: both losses fall by 1 in each of 4 epochs, training from 5, validation from 6.
make_log() {
    start 0
    for i in 0 1 2 3 4; do
        validation $((i * 10)) $i $((5 - i)) $((6 - i))
    done
}

# plot COLUMNS LINES ARGUMENT...: without a terminal.
plot() {
    columns=$1
    lines=$2
    shift 2
    run env COLUMNS="$columns" LINES="$lines" "$CHARNN" plot "$@"
}

test_chart() {
    make_log >run.jsonl
    plot 40 16 run.jsonl
    expect_status 0
    expect_no_stderr
    expect_stdout "Loss in nats per character over epochs
6 ┤⠉⠒⠤⣀                               
  │    ⠉⠒⠤⣀                           
  │⠁⠂⠄⡀    ⠉⠑⠢⢄⡀                      
  │    ⠁⠂⠄⡀    ⠈⠉⠒⠤⣀                  
4 ┤        ⠁⠁⠂⠄⡀    ⠉⠑⠢⠤⣀             
  │             ⠁⠁⠂⠄⡀⡀   ⠉⠒⠢⢄⣀        
  │                   ⠁⠂⠄⡀    ⠉⠒⠤⣀    
2 ┤                       ⠁⠂⠄⡀    ⠉⠒⠤⣀ b
  │                           ⠁⠂⠄⡀    
  │                               ⠁⠂⠄⡀ a
  └┬────────────────┬────────────────┬
   0                2                4
a training 1.0000
b validation 2.0000"
}

test_every_line_fits() {
    make_log >run.jsonl
    make_log >another-run-with-a-long-name.jsonl
    for columns in 17 20 33 80 200; do
        plot $columns 20 run.jsonl another-run-with-a-long-name.jsonl
        expect_status 0
        # Without the bytes that continue a character, bytes are columns.
        LC_ALL=C tr -d '\200-\277' <"$REPORT/out" | LC_ALL=C awk -v most="$columns" 'length($0) > most { exit 1 }' ||
            fail "expected lines of at most $columns columns"
        [ "$(wc -l <"$REPORT/out")" -eq 19 ] || fail 'expected one line less than the terminal has'
    done
    plot 16 20 run.jsonl
    expect_refusal 1 'the terminal has 16 columns, but a chart needs 17' --svg
}

test_bits() {
    make_log >run.jsonl
    plot 40 16 --bits run.jsonl
    expect_status 0
    expect_stdout_contains 'Loss in bits per character' 'a training 1.4427' 'b validation 2.8854'
}

test_legend_of_several_logs() {
    make_log >one.jsonl
    { make_log && validation 50 5 0.5 2.5; } >two.jsonl
    plot 80 24 one.jsonl two.jsonl
    expect_status 0
    expect_stdout_contains 'a one.jsonl: training 1.0000' 'b one.jsonl: validation 2.0000' \
        'c two.jsonl: training 0.5000' 'd two.jsonl: validation 2.5000, lowest 2.0000 at epoch 4.00'
}

# The losses of steps are finer than those of validations.
test_losses_of_steps() {
    make_log >run.jsonl
    printf '{"event":"step","step":45,"epoch":4.5,"train_loss":0.75,"val_loss":2}\n' >>run.jsonl
    plot 80 24 run.jsonl
    # The legend tells the losses that train prints: between validations, and at the end.
    expect_stdout_contains 'a training 1.0000' 'b validation 2.0000'
    printf '{"event":"end","step":45,"epoch":4.5,"train_loss":0.75,"val_loss":2}\n' >>run.jsonl
    plot 80 24 --svg run.svg run.jsonl
    grep -q 'polyline class="curve s1".* 683.3,324.3"/>' run.svg || fail 'expected no new validation at the end'
    printf '{"event":"end","step":45,"epoch":4.5,"train_loss":0.8,"val_loss":1.5}\n' >>run.jsonl
    plot 80 24 run.jsonl
    expect_stdout_contains 'a training 0.8000' 'b validation 1.5000'
}

# Steps that are undone, by a rollback or as the run is resumed, are no part of the curve.
test_undone_steps() {
    for line in '{"event":"rollback","step":20,"from":40,"what":"loss","rollbacks":1}' "$(start 20)"; do
        { make_log && echo "$line" && validation 30 3 2.5 3.5; } >run.jsonl
        plot 80 24 --svg run.svg run.jsonl
        expect_status 0
        expect_no_stdout
        grep -qF 'points="70.0,50.0 300.0,152.9 530.0,255.7 760.0,307.1"' run.svg ||
            fail "expected epochs 0 to 3: $(cat run.svg)"
        rm run.svg
    done
}

# A run that goes on: its last line is not whole. Other lines are the user's own.
test_torn_line() {
    { make_log && echo 'a remark' && validation 50 5 0.5 1 | head -c 70; } >run.jsonl
    plot 40 16 run.jsonl
    expect_status 0
    expect_no_stderr
    expect_stdout_contains 'b validation 2.0000'
    run "$CHARNN" plot - <run.jsonl
    expect_stdout_contains 'b validation 2.0000'
}

test_real_runs() {
    make_text text.txt
    for steps in 40 60; do
        resume=
        [ $steps -eq 40 ] || resume=--resume
        charnn train text.txt --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 --seed 1 --threads 2 \
            --checkpoint-dir cv --max-steps $steps --eval-val-every 10 --print-every 3 --log run.jsonl $resume
        expect_status 0
    done
    val=$(sed -n 's/^best *val \([0-9.]*\) .*/\1/p' "$REPORT/err")
    plot 80 24 run.jsonl
    expect_status 0
    expect_stdout_contains "b validation $val"
}

# The folder of a run stands for its log, wherever that is.
test_folder_of_a_run() {
    make_log >run.jsonl
    mkdir cv
    charnn plot cv
    expect_refusal 1 'the folder cv has no run with a log; name a file that train --log has written'
    ln -s "$PWD/run.jsonl" cv/.log
    plot 80 24 cv
    expect_status 0
    expect_stderr "charnn plot: cv is a folder; using its log $PWD/run.jsonl"
    expect_stdout_contains 'a training 1.0000' 'b validation 2.0000'
    # A log in the folder moves with it, and a --savefile has a link of its own.
    rm cv/.log
    mv run.jsonl cv
    ln -s run.jsonl cv/.mine-log
    plot 80 24 cv/
    expect_status 0
    expect_stderr 'charnn plot: cv/ is a folder; using its log cv/run.jsonl'
    ln -s run.jsonl cv/.log
    charnn plot cv
    expect_refusal 1 'the folder cv has several runs with logs; name a file'
    rm cv/.mine-log cv/run.jsonl
    charnn plot cv
    expect_refusal 1 'the log cv/run.jsonl of the run in cv is no longer there; name the log'
}

test_picture() {
    make_log >'a<&b.jsonl'
    make_log >run.jsonl
    charnn plot --svg run.svg run.jsonl 'a<&b.jsonl'
    expect_status 0
    expect_no_stdout
    expect_no_stderr
    for text in '<svg xmlns="http://www.w3.org/2000/svg"' '@media (prefers-color-scheme: dark)' '</svg>' \
        '<polyline class="curve s0 dotted" points="70.0,122.0 242.5,194.0 415.0,266.0 587.5,338.0 760.0,410.0"/>' \
        '<polyline class="curve s1" points="70.0,50.0 242.5,122.0 415.0,194.0 587.5,266.0 760.0,338.0"/>' \
        '<text x="62" y="55.0" text-anchor="end">6</text>' \
        '<text x="760.0" y="432" text-anchor="middle">4.0</text>' \
        '>a&lt;&amp;b.jsonl: validation 2.0000</text>'; do
        grep -qF -e "$text" run.svg || fail "expected in the picture: $text"
    done
    # It is written over a picture, and over nothing else.
    charnn plot --svg run.svg run.jsonl
    expect_status 0
    charnn plot --svg run.jsonl run.jsonl
    expect_refusal 1 'run.jsonl exists and is not an SVG picture'
    expect_well_formed run.svg
}

test_what_is_no_log() {
    make_text text.txt
    echo '{"rnn_size": 5}' >settings.json
    for file in text.txt settings.json "$CHARNN" /dev/null; do
        charnn plot "$file"
        expect_refusal 1 'is not a charnn log; name a file that train --log has written'
    done
    charnn plot missing.jsonl
    expect_refusal 1 'missing.jsonl: No such file'
    charnn plot
    expect_refusal 2 LOG
    start 0 >new.jsonl
    charnn plot new.jsonl
    expect_refusal 1 'no loss has been logged yet'
    make_log >run.jsonl
    charnn plot new.jsonl run.jsonl
    expect_status 0
    expect_stderr 'note: new.jsonl has no losses yet'
    # shellcheck disable=SC2016 # for the other shell
    run sh -c '"$1" plot run.jsonl >/dev/full' sh "$CHARNN"
    expect_refusal 1 'No space left'
}

# A loss that no run has, of a log that somebody edited.
test_odd_numbers() {
    { start 0 && validation 1 1 1e999 -1 && validation 2 1 1e12 2 && validation 3 1e300 1 1 &&
        validation 18446744073709551616 1 1 1; } >run.jsonl
    plot 40 16 run.jsonl
    expect_status 0
    expect_stdout_contains 'a training 1000000000000.0000' 'b validation 2.0000'
}
