# Tables, plot data and the page of scripts/report.sh. Input: an array of the summaries that run.jq makes.
# Arguments: $what to print; for the page, the plots $curves and $size as SVG, "" if there is none, and $style, the rules of all pages.
include "format";

def keys_in_order: reduce (.[].settings | keys_unsorted[]) as $k ([]; if index([$k]) then . else . + [$k] end);

# The names of the settings whose values differ between runs.
def differing: . as $runs | keys_in_order
  | map(select(. as $k | [$runs[].settings | select(has($k))[$k]] | unique | length > 1));

def sorted: sort_by(if .best == null then [1, .name] else [0, .best] end);

def plain: if type == "array" then map(split("/") | last) | join("+") else tostring end;
def settings_of($keys): [.settings as $s | $keys[] | $s[.] | if . == null then "-" else plain end];
def title($keys): [.settings as $s | $keys[] | select($s[.] != null) | "\(.)=\($s[.] | plain)"] | join(" ");

def mean: add / length;
def spread: mean as $m | if length < 2 then null else (map(. - $m | . * .) | add) / (length - 1) | sqrt end;

# Groups of runs that differ only in their seed.
def repeated($keys): ($keys - ["seed"]) as $keys
  | if ($keys | length) == 0 and length < 2 then [] else
    group_by(settings_of($keys)) | map(select(length > 1)
      | {settings: .[0].settings, count: length, best: (map(.best) | map(values)), test: (map(.test) | map(values))}
      | select(.best | length > 1)) | sort_by(.best | mean) end;

def run_heads($keys): ["run"] + $keys + ["validation", "test", "best epoch", "epochs", "time", "characters/s", "parameters", "state"];
def run_cells($keys): [.name] + settings_of($keys)
  + [(.best | fixed(4)), (.test | fixed(4)), (.best_epoch | fixed(2)), (.epoch | fixed(2)), (.seconds | clock),
     (.speed | fixed(0)), .parameters // "-", .state];
def group_heads($keys): $keys - ["seed"] + ["runs", "validation mean", "validation std", "test mean", "test std"];
def group_cells($keys): settings_of($keys - ["seed"])
  + [.count, (.best | mean, spread | fixed(4)), (.test | if length == 0 then "-", "-" else (mean, spread | fixed(4)) end)];

# Tables are lists of rows, of which the first is the heading.
def runs_table($keys): [run_heads($keys)] + (sorted | map(run_cells($keys)));
def groups_table($keys): repeated($keys) | if . == [] then [] else [group_heads($keys)] + map(group_cells($keys)) end;
def has_seeds($keys): $keys | index("seed") != null;
def tables: differing as $keys | [runs_table($keys), (if has_seeds($keys) then groups_table($keys) else [] end)]
  | map(select(. != []));

def tsv: map(@tsv) | .[];
def markdown: (.[0] | length) as $n
  | map("| \(map(tostring | gsub("\\|"; "\\|")) | join(" | ")) |") | .[0], "|\("---|" * $n)", .[1:][];
# A gnuplot data block: a title, then rows.
def block($title): "\"\($title | gsub("[\"\\\\]"; "'"))\"", (.[] | map(tostring) | join(" ")), "", "";

def curves: sorted[] | .name as $name | .curve | map(select(.[1] != null)) | select(. != []) | block($name);
def sizes: (differing - ["rnn_size", "seed"]) as $keys
  | map(select(.best != null and .parameters != null)) | group_by(settings_of($keys))[]
  | (.[0] | title($keys) | if . == "" then "runs" else . end) as $title
  | map([.parameters, .best]) | sort | block($title);

# ---- the page ----

# Rules after those of the program's pages. The filter makes the white of the pictures #161616.
def own_style: "ul { columns: 17em; padding-left: 1.2em; } li { break-inside: avoid; overflow-wrap: anywhere; }
summary { padding: .2em 0; cursor: pointer; overflow-wrap: anywhere; }
img { max-width: 100%; min-width: 40em; }
@media (prefers-color-scheme: dark) { img { filter: invert(.914) hue-rotate(180deg); } }";

def cells($tag): map("<\($tag)>\(tostring | @html)</\($tag)>") | join("");
def wide($title): "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"\($title)\">\(.)</div>";

# A table that scrolls on a narrow screen, with the mouse, a finger or the keyboard.
def html: "<table>", "<tr>\(.[0] | cells("th"))</tr>",
  (.[1:][] | "<tr>\(.[:1] | cells("th"))\(.[1:] | cells("td"))</tr>"), "</table>";
def section($title): "<h2>\($title)</h2>", ([html] | join("\n") | wide($title));

def picture($svg; $title): if $svg == "" then empty else "<h2>\($title)</h2>",
  ("<img alt=\"\($title)\" src=\"data:image/svg+xml;base64,\($svg | @base64)\">" | wide($title)) end;

def totals: "<p>\(states); \(map(.seconds) | add | clock) of training.</p>",
  (map(select(.best != null)) | if . == [] then empty else min_by(.best)
    | "<p>Best: \(.name | @html), validation \(.best | fixed(4)), test \(.test | fixed(4)).</p>" end);

def details: "<details><summary>\(.name | @html): \(.state)</summary>", "<ul>",
  (.settings | to_entries[] | "<li>\(.key | @html) <b>\(.value | if type == "array" then join(", ") else tostring end | @html)</b></li>"),
  "</ul></details>";

def page:
  "<!DOCTYPE html>", "<html lang=\"en\">", "<head>", "<meta charset=\"utf-8\">",
  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">", "<title>charnn: runs</title>",
  "<style>", $style, own_style, "</style>", "</head>", "<body>", "<h1>Runs</h1>", totals,
  "<p>Losses are in nats per character. The test loss is that of the checkpoint with the best validation loss.</p>",
  (tables | (.[0] | section("Results")), (.[1] // empty | section("Means over seeds"))),
  picture($curves; "Learning curves"), picture($size; "Loss by size"),
  "<h2>Settings of each run</h2>", (sorted[] | details), "</body>", "</html>";

if $what == "tsv" then tables[0] | tsv
elif $what == "groups" then tables[1] // [] | tsv
elif $what == "markdown" then tables | to_entries[] | (if .key > 0 then "" else empty end), (.value | markdown)
elif $what == "curves" then curves
elif $what == "sizes" then sizes
else page end
