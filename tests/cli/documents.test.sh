# shellcheck shell=sh
# The commands in the documents and in the examples of the help are run as they stand, in a folder with
# texts and a model of the names that they use. Commands are: lines of indented blocks, and `spans` that
# have an argument. A charnn before the real one makes runs and samples short.

# not_run COMMAND: prints why a command is not run here; fails for all others.
not_run() {
    case $1 in
    'sudo '*) echo 'root, packages' ;;
    'data/get.sh '[a-z]*) echo 'the network; data.test.sh runs it with a download program of its own' ;;
    'data/translations.sh '*) echo 'translations of this machine; data.test.sh runs it with its own' ;;
    make | 'make '*) echo 'a build, minutes' ;;
    'scripts/install-deps.sh '*) echo 'root, packages; set_up.test.sh runs it' ;;
    'scripts/make-models.sh '*) echo 'the network, minutes' ;;
    'scripts/fresh-machine.sh '*) echo 'root, the network, minutes' ;;
    'apt-get '* | 'find busybox-'*) echo 'root, the network' ;;
    *' --split val --gradient-flow '*) echo 'a validation part of 1,000 characters; eval.test.sh runs it' ;;
    'mpirun '*) echo 'several processes; make test-mpi runs them' ;;
    'sbatch '*) echo 'a cluster' ;;
    'faulty '*) echo 'a function of lib.sh; saves.test.sh runs it' ;;
    'python3 tests/paper_torch.py '*) echo 'PyTorch, hours' ;;
    'scripts/odyssey.sh --rates '*' --epochs '*) echo '27 runs; scripts/README.md has two of them' ;;
    *'import pandas'*) ! python3 -c 'import pandas' 2>/dev/null && echo 'pandas, which make test does not install' ;;
    *) return 1 ;;
    esac
}

# expect_targets COMMAND: make knows the targets of a command that is not run.
expect_targets() {
    for word in $(printf '%s\n' "$1" | sed "s/ #.*//; s/'[^']*'//g; s/[A-Z_]*=[^ ]*//g"); do
        case $word in
        make | -*) ;;
        *) grep -q "^$word:" "$ROOT/Makefile" || fail "no target $word: $1" ;;
        esac
    done
}

# extract DOCUMENT: writes each command to commands/LINE, what the document shows of its output to
# commands/LINE.out, and commands with nothing but options, as in `charnn eval --split`, to mentions.
extract() {
    rm -rf commands mentions
    mkdir commands
    awk '
        function is_command(text) {
            return text ~ /^(\.\/)?(apt-get|charnn|data\/get\.sh|data\/translations\.sh|scripts\/[a-z-]+\.sh|faulty|find|git|gnuplot|jq|make|mpirun|python3|sbatch|sudo)( |$)/
        }
        function begin(text) {
            file = sprintf("commands/%04d", NR)
            while (file in used) file = file "+"
            used[file]
            print text >file
            command = 1
            here = text ~ /<<.END/
        }
        /^```/ {
            fenced = !fenced
            if (fenced && $0 != "```python") print NR ": a fence of another language than Python"
            next
        }
        fenced || /^ *$/ { command = 0; next }
        /^    / { text = substr($0, 5) }
        /^    / && here { print text >file; here = text != "END"; next }
        /^    \$ / { session = 1; begin(substr(text, 3)); next }
        /^     / && command { print text >file; next }
        /^    / && session { command = 0; print text >(file ".out"); next }
        /^    [^ ]/ && is_command(text) { begin(text); next }
        # Data: JSON, bytes in hexadecimal, the folders of the sources, Python, equations.
        /^     / || /^    ([{"0-9.]|[a-z]+(\.c|\/)  |from |state |[a-z](_[a-z]+)? +=)/ { next }
        /^    / { print NR ": neither a command nor data that this test knows: " text; next }
        {
            session = command = 0
            count = split($0, spans, "`")
            for (i = 2; i < count; i += 2) {
                text = spans[i]
                gsub(/\\\|/, "|", text)
                if (!is_command(text) || text !~ / / || text ~ /(^|[ \/])[A-Z][A-Z]+([. ]|$)/) continue
                if (text ~ /^charnn [a-z]+( --[a-z-]+)*$/ && text !~ /(resume|build|help-all)$/)
                    print text >"mentions"
                else begin(text)
            }
            command = 0
        }' "$1" >refused
    [ ! -s refused ] || fail "$1: $(cat refused)"
}

# make_folder: what the commands expect to find.
make_folder() {
    awk 'BEGIN {
        while (++i <= 120) print "ROMEO: It was naive. Chapter " i ": The quick brown fox, jumps; over <a> lazy dog"
    }' >book.txt
    mkdir -p docs man/ru man/zh_CN
    cp -R "$ROOT/models" .
    for corpus in tiny-shakespeare tinyshakespeare king-james-bible war-and-peace x; do
        mkdir -p data/$corpus
        cp book.txt data/$corpus/input.txt
    done
    for text in other.txt draft.txt letters.txt novel.txt novel-zh.txt archive.txt input.txt c.txt generated.txt app.log \
        mail.txt docs/guide.md README.md man/ru/page.1 man/zh_CN/page.1; do
        cp book.txt $text
    done
    awk '{ print $9, $6 }' book.txt >names.txt
    sed 5q names.txt >primes.txt
    for records in dates languages ukrainian countries; do
        tr ' ' '\t' <names.txt >$records.tsv
    done
    printf 'de\tfi hu tr\n' >>countries.tsv
    awk '{ print "fox " $6 "\n- dog\n" }' book.txt >recipes.txt
    awk '{ print "fox " $6 "\n%" }' book.txt >sayings.txt
    gzip -c book.txt >archive.txt.gz
    gzip -c book.txt >README.md.gz
    sed -n '/^    {"common"/,/^$/s/^    //p' "$ROOT/scripts/README.md" >grid.json
    cp -R "$ROOT/scripts" .
    cp "$ROOT/data/get.sh" "$ROOT/data/corpora.txt" data
    ln -s "$ROOT/tests" tests
    ln -s "$ROOT/src" src
    cp -R "$ROOT/models/paper" "$ROOT/models/odyssey" models
    cat >charnn <<'END'
#!/bin/sh
command=${1-}
shift
case "$command  $* " in
*' --help-all '*) ;;
'train '*' --budget '*) set -- "$@" --budget 1 --rnn-size 8 ;;
'train '*' --resume '*) set -- --max-steps 4 "$@" ;;
'train '*) set -- --max-steps 2 --batch-size 4 --seq-length 16 --eval-val-every 1 "$@" ;;
'sample '*) set -- --length 300 "$@" ;;
esac
exec "$CHARNN" "$command" "$@"
END
    chmod +x charnn
    fake git 'cat book.txt'
    PATH=$PWD:$PWD/bin:$PATH
    run charnn train book.txt --log run.jsonl
    expect_status 0
    mv cv model
    for folder in c gru lstm rnn; do
        cp -R model $folder
    done
    for log in small.jsonl large.jsonl; do
        cp run.jsonl $log
    done
    run charnn train dates.tsv --records line --learn-after '\t' --checkpoint-dir dates
    expect_status 0
    for name in rnn gru lstm; do
        echo '{"gradient_flow":{"steps":[1,10],"states":[{"layer":0,"state":"h","norms":[1,0.1]}]}}' >$name.json
    done
    for name in best ham spam; do
        cp model/best.safetensors $name.safetensors
    done
}

# lacked COMMAND: a program that it needs and this machine lacks.
lacked() {
    case $1 in
    *scripts/sweep.sh* | *paper-table.sh\ --corpus* | *odyssey.sh\ --rates*) wanted='jq parallel gnuplot' ;;
    *scripts/report.sh* | scripts/flow.sh*) wanted='jq gnuplot' ;;
    *jq\ * | *scripts/watch.sh* | *paper-table.sh* | *odyssey.sh*) wanted=jq ;;
    gnuplot*) wanted=gnuplot ;;
    *) return ;;
    esac
    for program in $wanted; do
        command -v "$program" >/dev/null 2>&1 || echo "$program"
    done
}

# promised COMMAND: the files that it writes, one a line. A command without any prints something.
promised() {
    sed 's/;/ /g' "$1" | awk '
        { for (i = 1; i <= NF; i++) word[++count] = $i }
        END {
            for (i = 2; i <= count; i++) {
                before = word[i - 1]
                if (word[i] ~ /^#/) break
                if (word[i] ~ /^>[a-z]/) print substr(word[i], 2)
                if (before ~ /^--(heat-html|html|log|svg)$/) print word[i]
                if (before == "--checkpoint-dir") folder = word[i]
                if (before ~ /charnn$/ && word[i] == "train") folder = "cv"
                if (word[i] ~ /^--(dry-run|help-all)$/) folder = ""
                if (before == "output") { gsub(/"/, "", word[i]); print word[i] }
                if (word[2] == "convert" && word[i] ~ /\.safetensors$/ && ++models == 2) print word[i]
                if (before == "grid.json") print word[i] "/runs/two layers/test.json"
                if (word[1] ~ /paper-table.sh$/ && before == "--table") table = 1
            }
            if (folder != "") print folder "/best.safetensors"
            if (word[1] ~ /paper-table.sh$/ && !table) print word[count] "/report/index.html"
            for (i = 1; i < count; i++) if (word[i] ~ /report.sh$/) {
                print word[i + 2] == "" ? word[i + 1] "/report/index.html" : word[i + 2] "/index.html"
            }
        }'
}

# expect_shown NAME: what the document shows of the output, as far as a short run and other texts allow.
expect_shown() {
    case $text in
    *"'function pick("*) [ "$(grep -c '^Strew ' recipes.txt)" -eq 2000 ] || fail 'expected 2000 recipes' ;;
    'charnn train recipes.txt --records blank --num-layers'* | 'charnn train dates.tsv'*' --num-layers'*)
        grep -E '^(text|model) ' "commands/$1.out" >said
        [ -s said ] || fail 'expected a text'
        while read -r line; do
            expect_line "$line"
        done <said
        ;;
    *' are new"'*) grep -qE '^[0-9]+ of [0-9]+ are new$' "$REPORT/out" || fail 'expected how many are new' ;;
    *'@tsv'*)
        [ "$(cut -f 3 curve.tsv)" = "$(jq 'select(.event == "validation").val_loss' run.jsonl)" ] ||
            fail "expected the validations: $(cat curve.tsv)"
        ;;
    *'import pandas'*)
        [ "$(grep -c '^0\.[0-9]* *[0-9.]* *[0-9.]*$' "$REPORT/out")" -eq 2 ] || fail 'expected 2 validations'
        ;;
    *'ab.safetensors --primetext a --argmax --length 9') grep -qx ababababab "$REPORT/out" || fail "expected a and b in turns" ;;
    esac
}

# run_command DOCUMENT NAME
run_command() {
    text=$(cat "commands/$2")
    lack=$(lacked "$text")
    if not_run "$text" >/dev/null; then
        case $text in make*) expect_targets "$text" ;; esac
        return
    elif [ -n "$lack" ]; then
        lacking="$lacking $lack"
        return
    fi
    rm -rf cv
    cp -R model cv
    sed "s|/usr/share/man/|man/|$ungzip" "commands/$2" >command.sh
    # What it promises is new, also if it existed.
    promised command.sh >files
    while read -r file; do
        [ ! -e "$file" ] || touch -t 200001010000 "$file"
    done <files
    touch -t 200001020000 "$REPORT/old"
    run sh -e command.sh <primes.txt
    [ "${status:?}" -eq 0 ] || fail "$1, line $2: exit status $status: $text"
    while read -r file; do
        [ -n "$(find "$file" -newer "$REPORT/old" 2>/dev/null)" ] || fail "$1, line $2: expected $file: $text"
        [ -s "$file" ] || fail "$1, line $2: $file is empty: $text"
    done <files
    case $text in
    *' --stop '*) ;; # the first character may be the stop
    *--dry-run) expect_stderr_contains 'estimate    ' 'dry run     ' ;;
    *) [ -s files ] || [ -s "$REPORT/out" ] || fail "$1, line $2: no output: $text" ;;
    esac
    expect_shown "$2"
    ran=$((ran + 1))
}

# run_document FILE LEAST: runs its commands, at least LEAST, in a new folder.
run_document() {
    not_with_sanitizers 'other cases run each command, with less training'
    folder=$(mktemp -d ./document-XXXXXX)
    cd "$folder" || exit
    ran=0
    lacking=
    ungzip=
    "$CHARNN" info --build | grep -q '^  zlib  *[0-9]' || ungzip='; s/\.gz//'
    make_folder
    extract "$1"
    for file in commands/*[0-9+]; do
        [ ! -f "$file" ] || run_command "${1#"$ROOT/"}" "${file#*/}"
    done
    if [ -f mentions ]; then
        while read -r _ name options; do
            run "$CHARNN" "$name" --help-all
            for option in $options; do
                expect_stdout_contains " $option"
            done
        done <mentions
    fi
    [ -z "$lacking" ] || skip "not installed:$lacking; $ran other commands of $1 run"
    [ "$ran" -ge "$2" ] || fail "expected at least $2 commands in $1, not $ran"
    cd ..
}

test_readme() {
    [ "$(wc -l <"$ROOT/README.md")" -le 170 ] || fail 'expected at most 170 lines'
    run_document "$ROOT/README.md" 28
}

test_data() {
    run_document "$ROOT/data/README.md" 10
}

test_models() {
    run_document "$ROOT/models/README.md" 4
}

test_cards_of_models() {
    for card in shakespeare bible; do
        run_document "$ROOT/models/$card.md" 2
    done
}

test_models_of_the_paper() {
    run_document "$ROOT/models/paper/README.md" 4
    run_document "$ROOT/models/paper/cells.md" 5
}

test_models_of_the_odyssey() {
    run_document "$ROOT/models/odyssey/README.md" 1
}

test_scripts() {
    run_document "$ROOT/scripts/README.md" 10
}

test_other_documents() {
    for file in src/README.md tests/README.md tests/bench/README.md SECURITY.md; do
        run_document "$ROOT/$file" 0
    done
}

# Examples of the help, as a document.
test_examples_of_the_help() {
    for name in train sample eval info convert inspect plot; do
        charnn $name --help-all
        expect_status 0
        sed -n '/^Examples$/,$s/^  \([^ ]\)/    \1/p' "$REPORT/out"
    done >examples.md
    run_document "$PWD/examples.md" "$(grep -cE '^    (charnn|git)' examples.md)"
}
