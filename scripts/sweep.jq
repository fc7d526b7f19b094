# Expands the grid of scripts/sweep.sh, which describes it, into its runs. Input: the grid. Arguments:
# $folder, the one that paths in the grid are relative to; $repeat, repetitions of each run, 0 for none
# asked for. Output: a line for each run, its name, a tab and its settings as JSON; or one line
# "!", a tab and a sentence.

def own: ["checkpoint_dir", "config", "log", "resume", "savefile", "threads"];

# The settings of one object, with the keys of --config.
def settings($where):
  if type == "object" then . else error("\($where) is to be an object of settings") end
  | with_entries(.key |= gsub("-"; "_"))
  | (keys_unsorted | map(select(IN(own[])))[0]) as $bad
  | if $bad then error("\($where) has \($bad), which every run is given by itself; leave it out") else . end
  | if has("data_dir") then error("\($where) has data_dir; name the file instead, as \"text\"") else . end;

def path: if startswith("/") then . else "\($folder)/\(.)" end;

def files:
  (if type == "string" then [.] else . end)
  | if type == "array" and length > 0 and all(type == "string" and length > 0) then map(path)
    else error("text is to be the path of a file, or a list of paths, not \(tojson)") end;

# A setting in the name of a run: of a path its last part, and nothing that a file name should not have.
def word:
  if type == "array" then map(word) | join("+")
  elif type == "string" then split("/") | last // "" | sub("\\.(txt|safetensors)$"; "") | gsub("[^\\p{L}\\p{N}._+-]"; "-")
  else tostring end;

def name: to_entries | map("\(.key)=\(.value | word)") | join(",") | if . == "" then "run" else . end;

def crossed:
  to_entries | reduce .[] as {$key, $value} ([{}];
    if ($value | type) == "array" and ($value | length) > 0 then [.[] as $one | $value[] as $v | $one + {($key): $v}]
    else error("\($key) in \"cross\" is to be a list of values, with at least one") end);

# The runs, each what differs in it and perhaps the name that it was given.
def differing:
  . as $grid
  | ((.runs // []) | if type == "array" then . else error("\"runs\" is to be a list of objects") end) as $runs
  | (if has("cross") or ($runs | length == 0) then (.cross // {} | settings("\"cross\"") | crossed)[] | {own: .} else empty end),
    ($runs | to_entries[] | "\"runs\", number \(.key + 1)," as $where | .value | settings($where)
      | .name as $name
      | if $name == null or ($name | type == "string" and test("^[\\p{L}\\p{N}][\\p{L}\\p{N} ._+=,-]*$")) then .
        else error("\($where) has the name \($name | tojson); a name is letters, digits and any of ' ._+=,-'") end
      | {own: del(.name), name: $name});

def repeated($common):
  if $repeat == 0 then .
  else (($common + .own).seed // 1) as $seed
    | if $seed | type != "number" then error("seed is to be a number, not \($seed | tojson)") else . end
    | range($repeat) as $i
    | {own: (.own + {seed: ($seed + $i)}), name: (if .name then "\(.name),seed=\($seed + $i)" else null end)} end;

def run($common):
  ($common + .own) as $all
  | (.name // (.own | name)) as $name
  | if $all.text == null then error("a run has no text to learn from; name its file in \"common\", as \"text\"") else . end
  | if $name | utf8bytelength > 200 then error("the name \($name[0:60])... is too long; give that run a \"name\" of its own") else . end
  | {name: $name,
     settings: ($all | del(.text) + {files: ($all.text | files)}
       | (if .init_from | type == "string" then .init_from |= path else . end)
       | to_entries | sort_by(.key) | from_entries)};

def runs:
  if type == "object" then . else error("it is to be an object with \"common\", \"cross\" and \"runs\"") end
  | (keys_unsorted - ["common", "cross", "runs"])[0] as $other
  | if $other then error("it has \($other | tojson); what it may have is \"common\", \"cross\" and \"runs\"") else . end
  | (.common // {} | settings("\"common\"")) as $common
  | [differing | repeated($common) | run($common)]
  | (group_by(.name)[] | select(length > 1)[0] | error("two runs would be called \(.name); give one a \"name\" of its own")),
    (group_by(.settings)[] | select(length > 1) | error("the runs \(.[0].name) and \(.[1].name) have the same settings")),
    .[];

try ([runs] | .[] | "\(.name)\t\(.settings | tojson)") catch "!\t\(.)"
