#!/bin/sh
# Trains on two hosts: network namespaces of this machine, each with its own address, host name and disk. mpirun starts
# the second rank through a remote agent, as it does with ssh. The link between them gets the given rates in turn.
#
#   tests/hosts.sh PROGRAM [OPTION...] [-- RATE...]
#
# PROGRAM is built with MPI=yes. The options are those of the model to measure (default: --rnn-size 128), the rates those of
# tc (default: 1gbit 10gbit). Needs root, ip, tc, unshare and Open MPI. Prints what fails, then for each link and step in
# milliseconds: the median and the lowest time, the same of the time waited, and the time that the bytes take at that rate. All
# links take turns, so another load of the machine slows all of them. The last line is "N passed, N failed".
set -eu
# shellcheck source=tests/environment.sh
. "$(dirname "$0")/environment.sh"
PROGRAM=$(realpath "$1")
shift
model=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    model="$model $1"
    shift
done
[ $# -eq 0 ] || shift
rates=${*:-1gbit 10gbit}
model=${model:---rnn-size 128}
STEPS=${STEPS:-12}
ROUNDS=${ROUNDS:-3}
OMPI_ALLOW_RUN_AS_ROOT=1
OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM
work=$(mktemp -d)
one=10.99.77.1
two=10.99.77.2
name=charnn$$
cleanup() {
    for host in $one $two; do
        ip netns pids "$name-$host" 2>/dev/null | xargs -r kill -KILL 2>/dev/null || :
        ip netns del "$name-$host" 2>/dev/null || :
    done
    rm -rf "$work"
}
trap cleanup EXIT
cd "$work"

# --- the hosts ---
mkdir data
for host in $one $two; do
    ip netns add "$name-$host"
    ip -n "$name-$host" link set lo up
    mkdir "disk-$host"
done
ip link add name "c$$a" netns "$name-$one" type veth peer name "c$$b" netns "$name-$two"
ip -n "$name-$one" addr add $one/24 dev "c$$a"
ip -n "$name-$two" addr add $two/24 dev "c$$b"
ip -n "$name-$one" link set "c$$a" up
ip -n "$name-$two" link set "c$$b" up

# agent HOST COMMAND...: as ssh. The working directory of all is data, which is another folder on each host.
cat >agent <<END
#!/bin/sh
host=\$1
shift
exec ip netns exec $name-\$host unshare -m -u sh -c "
    echo $name-\${host##*.} >/proc/sys/kernel/hostname
    mount --bind $work/disk-\$host $work/data
    cd $work/data
    \$*"
END
chmod +x agent

# limit RATE: of the link, in both directions; none: as fast as it can be.
limit() {
    for end in "$one c$$a" "$two c$$b"; do
        tc -n "$name-${end% *}" qdisc del dev "${end#* }" root 2>/dev/null || :
        [ "$1" = none ] || tc -n "$name-${end% *}" qdisc add dev "${end#* }" root tbf rate "$1" burst 512k latency 100ms
    done
}

# train FOLDER OPTION...: on both hosts; the keepalive of mpirun's daemons notices a host that is gone.
train() {
    folder=$1
    shift
    printf '%s slots=1\n' $one $two >hosts
    status=0
    ${TIMEOUT:+$TIMEOUT -k 10 600} ./agent $one "exec mpirun --hostfile $work/hosts -n 2 --bind-to none \
        --mca plm_rsh_agent $work/agent --mca plm_rsh_no_tree_spawn 1 --mca btl tcp,self \
        --mca btl_tcp_if_include 10.99.77.0/24 --mca oob_tcp_if_include 10.99.77.0/24 \
        --mca oob_tcp_keepalive_time 2 --mca oob_tcp_keepalive_intvl 1 --mca oob_tcp_keepalive_probes 3 \
        $PROGRAM train text.txt --seed 3 --threads 1 --print-every 1 --checkpoint-dir $folder --log $folder.log $*" \
        >out 2>err </dev/null || status=$?
}

passed=0
failed=0
# check NAME COMMAND...
check() {
    name_of_check=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $name_of_check"
        tail -n 20 err | sed 's/^/    /'
    fi
}

i=0
while [ $i -lt 6000 ]; do
    echo "the quick brown fox number $i jumps over the lazy dog; so it goes $((i * i))."
    i=$((i + 1))
done >"disk-$one/text.txt"

# --- the same bits as on one host ---
small='--rnn-size 16 --batch-size 7 --learning-rate 0.002 --seq-length 20 --max-steps 20'
# shellcheck disable=SC2086
train refused $small
check 'no text on the other host' grep -q "^charnn train: rank 1 on $name-2: cannot open text.txt" err
cp "disk-$one/text.txt" "disk-$two"
# shellcheck disable=SC2086
train two $small
check 'two hosts train' [ "$status" -eq 0 ]
check 'the second host saves nothing' [ ! -e "disk-$two/two" ]
# shellcheck disable=SC2086
mpirun --oversubscribe --bind-to none -n 2 "$PROGRAM" train "disk-$one/text.txt" --seed 3 --threads 2 $small \
    --checkpoint-dir here >out 2>err </dev/null
# The paths and the threads are in the checkpoint, too: compare the weights.
for file in "disk-$one/two" here; do
    header=$(od -A n -t u8 -N 8 "$file/last.safetensors")
    tail -c +$((9 + header)) "$file/last.safetensors" >"$file/numbers"
done
check 'the same bits on two hosts as on one' cmp "disk-$one/two/numbers" here/numbers

# --- a host that goes away ---
# go_away FOLDER COMMAND...: the command runs when the run has made 5 steps.
go_away() {
    folder=$1
    shift
    (
        until grep -q '"step":5,' "disk-$one/$folder.log" 2>/dev/null; do sleep 0.1; done
        date +%s >since
        "$@"
    ) &
    train "$folder" --rnn-size 16 --max-epochs 100000
    echo "$folder: all ended $(($(date +%s) - $(cat since))) s later, with status $status: $(grep -m 1 -i 'lost\|noticed\|abort' err)"
    check "$folder ends all" [ "$status" -ne 0 ]
    check "$folder: no rank is left on the first host" [ -z "$(ip netns pids "$name-$one")" ]
    "$PROGRAM" train "disk-$one/text.txt" --resume --checkpoint-dir "disk-$one/$folder" --max-steps 1 --threads 1 >out 2>err ||
        status=failed
    check "$folder: the checkpoint is whole" [ "$status" != failed ]
}
kill_all() { ip netns pids "$name-$two" | xargs kill -KILL; }
go_away 'killed-host' kill_all
go_away 'cut-link' ip -n "$name-$two" link set "c$$b" down
ip netns pids "$name-$two" | xargs -r kill -KILL 2>/dev/null || :
ip -n "$name-$two" link set "c$$b" up

# --- rates ---
# each FIELD LOG...: of all steps but the first two of each run; median: of lines.
each() {
    field=$1
    shift
    jq -r "select(.event == \"step\" and .step > 2).$field" "$@"
}
step_seconds() {
    for log; do jq -r 'select(.event == "step").seconds' "$log" | awk 'NR > 2 { print $1 - before } { before = $1 }'; done
}
# Of the lines, in milliseconds: the median (the lowest).
milliseconds() {
    sort -g | awk '{ v[NR] = 1000 * $1 } END { printf "%.1f (%.1f) ms", v[int((NR + 1) / 2)], v[1] }'
}
round=0
while [ $round -lt "$ROUNDS" ]; do
    for rate in none $rates; do
        limit "$rate"
        # shellcheck disable=SC2086
        train "$rate-$round" $model --eval-val-every 100000 --max-steps "$STEPS"
        check "training at $rate" [ "$status" -eq 0 ]
    done
    round=$((round + 1))
done
echo "model: $model"
for rate in none $rates; do
    logs=
    for log in "disk-$one/$rate"-*.log; do logs="$logs $log"; done
    # shellcheck disable=SC2086
    awk -v rate="$rate" -v step="$(step_seconds $logs | milliseconds)" -v waited="$(each waiting_seconds $logs | milliseconds)" \
        -v bytes="$(each bytes_sent $logs | tail -n 1)" 'BEGIN {
        bits = rate + 0
        bits *= rate ~ /gbit/ ? 1e9 : rate ~ /mbit/ ? 1e6 : 0
        printf "%-8s a step %s, waited %s, sent %.1f MB%s\n", rate, step, waited, bytes / 1e6,
            (bits > 0 ? sprintf(": %.1f ms", 8000 * bytes / bits) : "") }'
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
