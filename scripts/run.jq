# Sums up one run of a sweep from its log, version 1 of the schema in README.md. Input: the lines of the
# log, raw (jq -nR), of which a last one may be cut short. Arguments: $name; $status, the text of its
# exit status or ""; --slurpfile settings and test, what scripts/sweep.sh keeps beside the log, or nothing.

def position($e): .seconds = $e.seconds | .step = $e.step | .epoch = $e.epoch | .train = $e.train_loss | .val = $e.val_loss;

# A best one, with the epoch that it was found at.
def best($val; $epoch): if $val != null and (.best == null or $val < .best) then .best = $val | .best_epoch = $epoch else . end;

def add($e):
  if $e.event == "start" then
    if $e.schema > 1 then error("\($name): its log has version \($e.schema) of the schema, and this script knows version 1") else . end
    | .past += .seconds | .seconds = 0 | .from = $e.step | .start = $e | .end = null
  elif $e.event == "step" then position($e) | .speeds += [$e.chars_per_second]
  elif $e.event == "validation" then
    position($e) | .curve += [[$e.epoch, $e.val_loss, $e.train_loss]] | .late_speeds += [$e.chars_per_second]
    | best($e.val_loss; $e.epoch)
  elif $e.event == "rollback" then .step = $e.step
  elif $e.event == "end" then position($e) | .end = $e.reason | best($e.best_val_loss; $e.epoch)
  else . end;

def median: sort | if length == 0 then null else (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2 end;

def state:
  if .end != null then
    if .end == "stopped by a signal" then "stopped" elif .end | startswith("failed") then "failed" else "done" end
  elif ($status | tonumber? // 0) > 128 then "stopped"
  elif $status != "" and $status != "0" then "failed"
  elif .start then "running"
  else "waiting" end;

# The part of the run that is done, by the nearest of its limits; null where it has none.
def part:
  if .state == "done" then 1 else
    .start.settings as $s
    | [[.epoch, $s.max_epochs], [.step, $s.max_steps], [.seconds, $s.max_seconds]]
    | map(select(.[0] != null and (.[1] // 0) > 0) | .[0] / .[1]) | max end;

# Seconds that are left, at the pace since the run was begun or resumed.
def left:
  if .state != "running" or .part == null or .step == null or .step <= .from then null
  else (1 - .part) * .seconds / (.part * (1 - .from / .step)) end;

# Collected at once, for jq 1.6 would take errors of what comes after for its own.
def lines: inputs | [fromjson?][];

reduce lines as $e ({past: 0, seconds: 0, speeds: [], late_speeds: [], curve: []}; add($e))
| .state = state | .part = part | .left = left
| {name: $name, state, step, epoch, train, val, best, best_epoch, part, left, curve,
   settings: ((.start.settings // {}) + ($settings[0] // {})),
   parameters: .start.parameters,
   test: $test[0].nats_per_char,
   seconds: (.past + .seconds),
   speed: ((.speeds | median) // (.late_speeds | median))}
