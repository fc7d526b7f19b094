# shellcheck shell=sh
# scripts/report.sh, watch.sh, paper-table.sh, flow.sh and fit-forecast.sh, mostly on hand-written logs.

needs() {
    for program in "$@"; do
        command -v "$program" >/dev/null 2>&1 || skip "$program is not installed"
    done
}

report() {
    run "$ROOT/scripts/report.sh" "$@"
}

watch() {
    run "$ROOT/scripts/watch.sh" "$@"
}

# begin NAME MODEL UNITS SEED PARAMETERS: starts the log of a run in "out é": 10 epochs of 100 steps.
begin() {
    log="out é/runs/$1/log.jsonl"
    mkdir -p "out é/runs/$1"
    echo '{"event":"start","schema":1,"version":"0.1.0","step":0,"threads":1,"kernels":"v3","symbols":40,"parameters":'"$5"',"settings":{"model":"'"$2"'","rnn_size":'"$3"',"seed":'"$4"',"max_epochs":10,"max_steps":0,"max_seconds":0,"files":["/x/a.txt"]}}' >"$log"
}

# step STEP LOSS SECONDS, validate STEP LOSS SECONDS, end STEP LOSS SECONDS REASON: append a line to the log.
step() {
    echo '{"event":"step","step":'"$1"',"epoch":'"$(awk "BEGIN { print $1 / 100 }")"',"train_loss":'"$2"',"val_loss":null,"learning_rate":0.1,"gradient_norm":1,"chars_per_second":'"$((1000 * $1))"',"seconds":'"$3"'}' >>"$log"
}

validate() {
    echo '{"event":"validation","step":'"$1"',"epoch":'"$(awk "BEGIN { print $1 / 100 }")"',"train_loss":2.5,"val_loss":'"$2"',"learning_rate":0.1,"gradient_norm":1,"chars_per_second":5,"seconds":'"$3"',"best":true}' >>"$log"
}

end() {
    echo '{"event":"end","reason":"'"$4"'","step":'"$1"',"epoch":'"$(awk "BEGIN { print $1 / 100 }")"',"train_loss":2.5,"val_loss":'"$2"',"best_val_loss":'"$2"',"best_step":'"$1"',"skipped":0,"rollbacks":0,"seconds":'"$3"'}' >>"$log"
}

# Five runs: two done with different seeds, one resumed and running, one failed, one waiting.
make_runs() {
    begin 'a é' lstm 8 1 1000
    step 100 2.7 50
    step 300 2.6 150
    validate 300 2.25 151
    validate 700 2.5 351
    end 1000 2.75 3600.4 'all epochs done'
    sed -i.bak 's/"best_val_loss":2.75/"best_val_loss":2.25/' "$log"
    echo '{"nats_per_char":2.375}' >"out é/runs/a é/test.json"
    begin b lstm 8 2 1000
    validate 500 2.75 100
    end 1000 2.75 200 'all epochs done'
    echo '{"nats_per_char":2.875}' >'out é/runs/b/test.json'
    begin c gru 16 1 2345
    validate 200 1.5 100
    end 200 1.5 100 'stopped by a signal'
    echo '{"event":"start","schema":1,"version":"0.1.0","step":200,"threads":1,"kernels":"v3","symbols":40,"parameters":2345,"settings":{"model":"gru","rnn_size":16,"seed":1,"max_epochs":10,"max_steps":0,"max_seconds":0,"files":["/x/a.txt"]}}' >>"$log"
    step 400 1.75 60
    printf '{"event":"step","st' >>"$log"
    begin d rnn 8 1 500
    end 7 null 1 'failed: training diverged'
    echo 1 >'out é/runs/d/status'
    mkdir -p 'out é/runs/e'
    echo '{"model":"rnn","rnn_size":16}' >'out é/runs/e/settings.json'
}

test_the_tables() {
    needs jq gnuplot
    make_runs
    report 'out é'
    expect_status 0
    expect_no_stdout
    expect_stderr "report: 5 runs, in $PWD/out é/report/index.html"
    cd 'out é/report' || exit
    sed 's/|/	/g' >expected <<'END_OF_TABLE'
run|model|rnn_size|seed|validation|test|best epoch|epochs|time|characters/s|parameters|state
c|gru|16|1|1.5000|-|2.00|4.00|0:02:40|400000|2345|running
a é|lstm|8|1|2.2500|2.3750|3.00|10.00|1:00:00|200000|1000|done
b|lstm|8|2|2.7500|2.8750|5.00|10.00|0:03:20|5|1000|done
d|rnn|8|1|-|-|-|0.07|0:00:01|-|500|failed
e|rnn|16|-|-|-|-|-|0:00:00|-|-|waiting
END_OF_TABLE
    cmp expected table.tsv || fail "unexpected table: $(cat table.tsv)"
    # The mean of 2.25 and 2.75; their standard deviation is 0.5 / sqrt(2).
    sed 's/|/	/g' >expected <<'END_OF_TABLE'
model|rnn_size|runs|validation mean|validation std|test mean|test std
lstm|8|2|2.5000|0.3536|2.6250|0.3536
END_OF_TABLE
    cmp expected groups.tsv || fail "unexpected table: $(cat groups.tsv)"
    grep -qxF '| a é | lstm | 8 | 1 | 2.2500 | 2.3750 | 3.00 | 10.00 | 1:00:00 | 200000 | 1000 | done |' table.md ||
        fail "unexpected table: $(cat table.md)"
    grep -qxF '| lstm | 8 | 2 | 2.5000 | 0.3536 | 2.6250 | 0.3536 |' table.md || fail 'expected means'
}

test_the_pictures_and_the_page() {
    needs jq gnuplot
    make_runs
    mv 'out é/runs/b' 'out é/runs/b <&> "it'"'s"
    report 'out é' 'the report'
    expect_status 0
    cd 'the report' || exit
    for name in curves size; do
        head -c 4 $name.png | tail -c 3 | grep -q PNG || fail "expected a PNG"
        grep -q '<svg' $name.svg || fail "expected an SVG"
    done
    grep -q 'a é' curves.svg || fail 'expected names at the curves'
    grep -q 'model=gru' size.svg || fail 'expected models at the sizes'
    # The page refers to no other file and escapes names.
    expect_well_formed index.html
    grep -q '<tr><th>b &lt;&amp;&gt; &quot;it&[a-z0-9#]*;s</th><td>lstm</td>' index.html || fail 'expected an escaped name'
    # 3600.4 + 200 + 100 + 60 + 1 seconds.
    for text in '<p>5 runs: 2 done, 1 failed, 1 running, 1 waiting; 1:06:01 of training.</p>' \
        '<p>Best: c, validation 1.5000, test -.</p>' '<div class="wide" tabindex="0" role="region"' \
        '.wide { overflow-x: auto; }' '@media (prefers-color-scheme: dark) { body {' ':root { color-scheme: light dark; }' \
        '<details><summary>a é: done</summary>' '<li>files <b>/x/a.txt</b></li>'; do
        grep -qF -e "$text" index.html || fail "expected in the page: $text"
    done
    [ "$(grep -c '<details>' index.html)" -eq 5 ] || fail 'expected the settings of each run'
    [ "$(grep -c 'src="data:image/svg+xml;base64,' index.html)" -eq 2 ] || fail 'expected two pictures'
    ! grep -q 'http' index.html || fail 'expected no links'
    sed -n 's/.*"Learning curves" src="data:image.svg+xml;base64,\([^"]*\)".*/\1/p' index.html | base64 -d >decoded
    expect_same_files curves.svg decoded
}

test_before_the_first_validation() {
    needs jq gnuplot
    begin a lstm 8 1 1000
    report 'out é'
    expect_status 0
    expect_no_file 'out é/report/curves.svg'
    expect_file 'out é/report/index.html'
    [ "$(cut -f 1,9 'out é/report/table.tsv' | tail -n 1)" = "a	running" ] || fail 'expected one run'
}

test_folders_without_runs() {
    needs jq gnuplot
    for script in report watch; do
        mkdir -p empty/runs
        run "$ROOT/scripts/$script.sh" none
        expect_refusal 2 "$script: none has no runs"
        run "$ROOT/scripts/$script.sh" empty
        expect_refusal 2 "$script: empty has no runs"
    done
}

test_a_later_schema() {
    needs jq gnuplot
    begin a lstm 8 1 1000
    sed -i.bak 's/"schema":1/"schema":2/' "$log"
    report 'out é'
    expect_refusal 1 'report: a: the log has schema version 2; this script reads version 1'
}

test_watch() {
    needs jq
    make_runs
    watch 'out é'
    expect_status 0
    expect_no_stderr
    cat >expected <<'END_OF_SCREEN'
5 runs: 2 done, 1 failed, 1 running, 1 waiting; 400000 characters/s
run      state                       epoch     loss      val     best      left
c        running [####......]  40%     4.00   1.7500        -   1.5000   0:03:00
d        failed  [..........]   0%     0.07   2.5000        -        -         -
e        waiting                 -        -        -        -        -         -
a é      done    [##########] 100%    10.00   2.5000   2.7500   2.2500         -
b        done    [##########] 100%    10.00   2.5000   2.7500   2.7500         -
END_OF_SCREEN
    expect_same_files expected "$REPORT/out"
    watch --every x 'out é'
    expect_refusal 2 '--every needs a number of seconds'
}

paper() {
    run "$ROOT/scripts/paper-table.sh" --program "$CHARNN" "$@"
}

test_the_grid_of_the_paper() {
    needs jq
    make_text 'the text é.txt'
    paper --dry-run --corpus 'the text é.txt' out
    expect_status 0
    [ "$(wc -l <"$REPORT/out")" -eq 108 ] || fail 'expected 3 x 3 x 4 models with 3 dropouts'
    expect_stdout_contains 'runs/model=gru,num_layers=3,rnn_size=512,dropout=0.2'
    expect_no_file out
    paper --dry-run out --corpus none.txt
    expect_refusal 1 'cannot read the text none.txt; fetch it with data/get.sh war-and-peace'
    paper --dry-run out --corpus 'the text é.txt' --sizes '8,9'
    expect_refusal 2 '--layers, --sizes and --dropouts need numbers'
}

test_a_part_of_the_paper() {
    needs jq parallel gnuplot
    make_text 'the text é.txt'
    paper --corpus 'the text é.txt' --models 'rnn lstm' --layers 1 --sizes '4 6' --dropouts '0 0.5' --epochs 2 out
    expect_status 0
    jq -e '.train_frac == 0.8 and .val_frac == 0.1 and .seq_length == 100 and .batch_size == 100 and
        .max_epochs == 2 and .learning_rate == 0.002 and .learning_rate_decay == 0.95 and .optimizer == "rmsprop" and
        .learning_rate_decay_after == 10 and .average == 0 and .rnn_size == 4' \
        out/runs/model=rnn,num_layers=1,rnn_size=4,dropout=0.5/settings.json >/dev/null || fail 'unexpected recipe'
    expect_file out/report/index.html
    cp "$REPORT/out" table
    # The cell has the test loss of the dropout with the better validation loss.
    best=$(for dropout in 0 0.5; do
        folder=out/runs/model=rnn,num_layers=1,rnn_size=4,dropout=$dropout
        jq -r --slurpfile test $folder/test.json 'select(.event == "end") |
            "\(.best_val_loss) \($test[0].nats_per_char) '$dropout'"' $folder/log.jsonl
    done | sort -n | head -n 1)
    cell=$(printf '%s\n' "$best" | awk '{ printf "%.3f (%s)", $2, $3 }')
    grep -qF "| 1 | 4 | $cell | " table || fail "expected $cell in: $(cat table)"
    paper --table out
    expect_same_files table "$REPORT/out"
}

odyssey() {
    run "$ROOT/scripts/odyssey.sh" --program "$CHARNN" "$@"
}

test_the_grid_of_the_odyssey() {
    needs jq
    make_text 'the text é.txt'
    odyssey --dry-run out 'the text é.txt'
    expect_status 0
    [ "$(wc -l <"$REPORT/out")" -eq 18 ] || fail 'expected nine variants with two rates'
    expect_stdout_contains 'runs/lstm_variant=fgr,learning_rate=0.002'
    odyssey --dry-run out
    expect_refusal 2 'TEXT is missing'
    odyssey --dry-run out none.txt
    expect_refusal 1 'cannot read the text none.txt'
    odyssey --dry-run --epochs two out 'the text é.txt'
    expect_refusal 2 '--layers, --units and --epochs need numbers'
}

# Hand-written runs: the rate with the best validation loss counts, and the mean over its seeds.
test_the_table_of_the_odyssey() {
    needs jq
    while read -r variant rate seed val test; do
        folder=out/runs/$variant,$rate,$seed
        mkdir -p "$folder"
        cat >"$folder/log.jsonl" <<END
{"event":"start","schema":1,"step":0,"parameters":123,"settings":{"lstm_variant":"$variant","learning_rate":$rate,"seed":$seed}}
{"event":"end","reason":"all epochs done","step":9,"epoch":1,"train_loss":1,"val_loss":$val,"best_val_loss":$val,"seconds":1}
END
        echo "{\"nats_per_char\":$test}" >"$folder/test.json"
        echo 0 >"$folder/status"
    done <<'END'
vanilla 0.002 1 1.5 1.6
vanilla 0.004 1 1.25 1.3
vanilla 0.004 2 1.35 1.4
cifg 0.002 1 1.2 1.34
np 0.002 1 2 0.05
END
    odyssey --table out
    expect_status 0
    cat >expected <<'END'
losses in nats per character (learning rate chosen by validation loss)

| variant | parameters | learning rate | seeds | validation | test | test - vanilla |
|---|---:|---:|---:|---:|---:|---:|
| cifg | 123 | 0.002 | 1 | 1.200 | 1.340 | -0.010 |
| vanilla | 123 | 0.004 | 2 | 1.300 | 1.350 | 0.000 |
| np | 123 | 0.002 | 1 | 2.000 | 0.050 | -1.300 |
END
    expect_same_files expected "$REPORT/out"
}

# The constants of the source are those of the script, which another gnuplot may round otherwise.
test_the_forecast_is_the_fitted_one() {
    needs gnuplot
    run "$ROOT/scripts/fit-forecast.sh"
    expect_status 0
    expect_no_stderr
    sed -n 's/^    \.\([a-z_0-9]*\) = \(.*\),$/\1 \2/p' "$ROOT/src/train/start/forecast.c" >known
    [ "$(wc -l <known)" -eq 9 ] || fail 'expected 9 constants'
    awk 'NR == FNR { fitted[$1] = $2; next } { d = fitted[$1] / $2 - 1; bad = bad || d > 0.05 || d < -0.05 } END { exit bad }' \
        "$REPORT/out" known || fail "expected $(cat known)"
    grep -q '^standard deviation 0.0[0-9]* nats, from ' "$REPORT/out" || fail 'expected how far it is from the runs'
}

test_flow_draws_a_curve_for_each_state() {
    needs jq gnuplot
    echo '{"gradient_flow":{"steps":[1,10,100],"losses":[9,9,9],"states":[{"layer":0,"state":"h","norms":[1,0.1,0.01]},
        {"layer":1,"state":"c","norms":[1,0.5,0.25]}]}}' >'a net.json'
    echo '{"nats":1}' >none.json
    run "$ROOT/scripts/flow.sh" 'a net.json'
    expect_status 0
    expect_stdout_contains 'a net, h, layer 0' 'a net, c, layer 1'
    # Both axes are logarithmic, so the first curve is a straight line. Its last three points are the data's.
    grep -m 1 '<path[^>]*rgb(' "$REPORT/out" | sed "s/.* d='\([^']*\)'.*/\1/" | grep -o '[0-9.]*,[0-9.]*' | tail -n 3 | tr ',' ' ' >points
    awk '{ x[NR] = $1; y[NR] = $2 } END {
        dx = x[1] + x[3] - 2 * x[2]
        dy = y[1] + y[3] - 2 * y[2]
        exit !(NR == 3 && dx * dx + dy * dy < 0.1 && x[3] > x[1] && y[3] > y[1]) }' points || fail "expected a line: $(cat points)"
    run "$ROOT/scripts/flow.sh" 'a net.json' none.json
    expect_status 1
    expect_no_stdout
    expect_stderr_contains none.json '--gradient-flow --json'
    run "$ROOT/scripts/flow.sh"
    expect_status 2
}
