# Text for report.jq and watch.jq. null becomes "-".

def times($text; $n): [range($n) | $text] | add // "";

# A number with $digits digits after the decimal point.
def fixed($digits):
  if . == null then "-" else
    (if . < 0 then "-" else "" end)
    + (fabs * pow(10; $digits) | round | tostring
       | if $digits == 0 then . else
           times("0"; $digits + 1 - length) + . | .[:-$digits] + "." + .[-$digits:] end) end;

# Seconds as h:mm:ss.
def clock:
  if . == null then "-" else
    round | "\(. / 3600 | floor):\("0\(. % 3600 / 60 | floor)"[-2:]):\("0\(. % 60)"[-2:])" end;

# "5 runs: 2 done, 3 waiting", from an array of summaries.
def states: "\(length) run\(if length == 1 then "" else "s" end): \(group_by(.state) | map("\(length) \(.[0].state)") | join(", "))";
