# Summarizes one run of a sweep from its log (schema version 1, README.md). Input: the raw lines of the log
# (jq -nR); the last one may be incomplete. Arguments: $name; $status, the exit status as text or "";
# --slurpfile settings and test: settings.json and test.json of the run, or /dev/null.

def position($e): .seconds = $e.seconds | .step = $e.step | .epoch = $e.epoch | .train = $e.train_loss | .val = $e.val_loss;

# Records a validation loss if it is the lowest, and its epoch.
def best($val; $epoch): if $val != null and (.best == null or $val < .best) then .best = $val | .best_epoch = $epoch else . end;

def add($e):
  if $e.event == "start" then
    if $e.schema > 1 then error("\($name): the log has schema version \($e.schema); this script reads version 1") else . end
    | .past += .seconds | .seconds = 0 | .from = $e.step | .start = $e | .end = null
  elif $e.event == "step" then position($e) | .speeds += [$e.chars_per_second]
  elif $e.event == "validation" then
    position($e) | .curve += [[$e.epoch, $e.val_loss, $e.train_loss]] | .late_speeds += [$e.chars_per_second]
    | best($e.val_loss; $e.epoch)
  elif $e.event == "rollback" then .step = $e.step
  elif $e.event == "end" then position($e) | .end = $e.reason | best($e.best_val_loss; $e.epoch)
  elif $e.event == "length" then .start.settings.max_steps = $e.max_steps
  else . end;

def median: sort | if length == 0 then null else (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2 end;

def state:
  if .end != null then
    if .end == "stopped by a signal" then "stopped" elif .end | startswith("failed") then "failed" else "done" end
  elif ($status | tonumber? // 0) > 128 then "stopped"
  elif $status != "" and $status != "0" then "failed"
  elif .start then "running"
  else "waiting" end;

# The fraction of the run that is done, by its nearest limit; null if it has no limit.
def part:
  if .state == "done" then 1 else
    .start.settings as $s
    | [[.epoch, $s.max_epochs], [.step, $s.max_steps], [.seconds, $s.max_seconds]]
    | map(select(.[0] != null and (.[1] // 0) > 0) | .[0] / .[1]) | max end;

# Seconds left, at the speed since the run was started or resumed.
def left:
  if .state != "running" or .part == null or .step == null or .step <= .from then null
  else (1 - .part) * .seconds / (.part * (1 - .from / .step)) end;

# Collects all lines first: jq 1.6 lets `?` catch the errors of later filters too.
def lines: inputs | [fromjson?][];

reduce lines as $e ({past: 0, seconds: 0, speeds: [], late_speeds: [], curve: []}; add($e))
| .state = state | .part = part | .left = left
| {name: $name, state, step, epoch, train, val, best, best_epoch, part, left, curve,
   settings: ((.start.settings // {}) + ($settings[0] // {})),
   parameters: .start.parameters,
   test: $test[0].nats_per_char,
   seconds: (.past + .seconds),
   speed: ((.speeds | median) // (.late_speeds | median))}
