# The screen of scripts/watch.sh. Input: a list of what run.jq says of each run. Arguments: $rows and
# $columns of the screen. Running ones come first, then those that ended badly, waiting and done ones.

def times($text; $n): [range($n) | $text] | add // "";
def fixed($digits): if . == null then "-" else
  (. * pow(10; $digits) | round | tostring) as $text
  | times("0"; $digits + 1 - ($text | length)) + $text | .[:-$digits] + "." + .[-$digits:] end;
def clock: if . == null then "-" else round
  | if . >= 86400 then "\(. / 86400 | floor) d \(. % 86400 / 3600 | floor) h"
    else "\(. / 3600 | floor):\("0\(. % 3600 / 60 | floor)"[-2:]):\("0\(. % 60)"[-2:])" end end;
def padded($n): tostring | times(" "; $n - length) + .;
def filled($n): tostring | if length > $n then .[:$n - 1] + "~" else . + times(" "; $n - length) end;

def bar($n): if . == null then "" else ([. * $n | floor, $n] | min) as $k
  | "[" + times("#"; $k) + times("."; $n - $k) + "]" end;

def rank: {running: 0, failed: 1, stopped: 2, waiting: 3, done: 4}[.state];

# What a line has besides the name, and a bar where there is room for it.
def wide: $columns >= 100;
def others: if wide then 73 else 60 end;

def line($width): [
  (.name | filled($width)), (.state | filled(7)), (if wide then .part | bar(10) | filled(12) else empty end),
  (if .part == null then "-" else "\(.part * 100 | floor)%" end | padded(4)),
  (.epoch | fixed(2) | padded(8)), (.train | fixed(4) | padded(8)), (.val | fixed(4) | padded(8)),
  (.best | fixed(4) | padded(8)), (.left | clock | padded(9))] | join(" ");

(map(.name | length) | max) as $longest
| ([[$longest, $columns - others, 60] | min, 8] | max) as $width
| (group_by(.state) | map("\(length) \(.[0].state)") | join(", ")) as $counts
| ([.[] | select(.state == "running") | .speed | values] | add) as $speed
| "\(length) runs: \($counts)\(if $speed then "; \($speed | round) characters/s" else "" end)",
  "\("run" | filled($width)) \("state" | filled(7)) \(if wide then times(" "; 13) else "" end)     \("epoch" | padded(7)) \("loss" | padded(8)) \("val" | padded(8)) \("best" | padded(8)) \("left" | padded(9))",
  (sort_by([rank, .left // 1e300]) | ($rows - 3) as $room
   | (if length > $room then .[:$room - 1] else . end | .[] | line($width)),
     (if length > $room then "... and \(length - $room + 1) more" else empty end))
