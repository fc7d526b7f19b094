# The screen of scripts/watch.sh. Input: an array of the summaries that run.jq makes. Arguments: $rows and
# $columns of the screen.
include "format";

def padded($n): tostring | times(" "; $n - length) + .;
def filled($n): tostring | if length > $n then .[:$n - 1] + "~" else . + times(" "; $n - length) end;

def time_left: if . != null and round >= 86400 then round | "\(. / 86400 | floor) d \(. % 86400 / 3600 | floor) h" else clock end;

def bar($n): if . == null then "" else ([. * $n | floor, $n] | min) as $k
  | "[" + times("#"; $k) + times("."; $n - $k) + "]" end;

def rank: {running: 0, failed: 1, stopped: 2, waiting: 3, done: 4}[.state];

# A wide screen has room for a bar. The columns beside the name are fixed_width characters wide.
def wide: $columns >= 100;
def fixed_width: if wide then 73 else 60 end;

def line($width): [
  (.name | filled($width)), (.state | filled(7)), (if wide then .part | bar(10) | filled(12) else empty end),
  (if .part == null then "-" else "\(.part * 100 | floor)%" end | padded(4)),
  (.epoch | fixed(2) | padded(8)), (.train | fixed(4) | padded(8)), (.val | fixed(4) | padded(8)),
  (.best | fixed(4) | padded(8)), (.left | time_left | padded(9))] | join(" ");

(map(.name | length) | max) as $longest
| ([[$longest, $columns - fixed_width, 60] | min, 8] | max) as $width
| ([.[] | select(.state == "running") | .speed | values] | add) as $speed
| "\(states)\(if $speed then "; \($speed | round) characters/s" else "" end)",
  "\("run" | filled($width)) \("state" | filled(7)) \(if wide then times(" "; 13) else "" end)     \("epoch" | padded(7)) \("loss" | padded(8)) \("val" | padded(8)) \("best" | padded(8)) \("left" | padded(9))",
  (sort_by([rank, .left // 1e300]) | ($rows - 3) as $room
   | (if length > $room then .[:$room - 1] else . end | .[] | line($width)),
     (if length > $room then "... and \(length - $room + 1) more" else empty end))
