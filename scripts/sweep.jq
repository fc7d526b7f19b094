# Expands a grid (described in scripts/sweep.sh) into its runs. Input: the grid. Arguments: $folder, the
# base of relative paths; $repeat, the value of --repeat, or 0 without it. Output: for each run a line
# NAME, tab, settings as JSON; or, for a bad grid, one line "!", tab, message.

def own: ["checkpoint_dir", "config", "log", "resume", "savefile", "threads"];

# The settings of one object, with the keys of --config.
def settings($where):
  if type == "object" then . else error("\($where) must be an object of settings") end
  | with_entries(.key |= gsub("-"; "_"))
  | (keys_unsorted | map(select(IN(own[])))[0]) as $bad
  | if $bad then error("\($where) has \($bad), which the sweep sets for each run; remove it") else . end
  | if has("data_dir") then error("\($where) has data_dir; set \"text\" to the path of the file instead") else . end;

def path: if startswith("/") then . else "\($folder)/\(.)" end;

def files:
  (if type == "string" then [.] else . end)
  | if type == "array" and length > 0 and all(type == "string" and length > 0) then map(path)
    else error("text must be the path of a file or a list of paths, not \(tojson)") end;

# A value as part of a run's name: the last component of a path, without characters that do not belong in file names.
def word:
  if type == "array" then map(word) | join("+")
  elif type == "string" then split("/") | last // "" | sub("\\.(txt|safetensors)$"; "") | gsub("[^\\p{L}\\p{N}._+-]"; "-")
  else tostring end;

def name: to_entries | map("\(.key)=\(.value | word)") | join(",") | if . == "" then "run" else . end;

def crossed:
  to_entries | reduce .[] as {$key, $value} ([{}];
    if ($value | type) == "array" and ($value | length) > 0 then [.[] as $one | $value[] as $v | $one + {($key): $v}]
    else error("\($key) in \"cross\" must be a list of at least one value") end);

# The runs: {own, name}, the settings that are not common and the name from the grid, or null.
def differing:
  . as $grid
  | ((.runs // []) | if type == "array" then . else error("\"runs\" must be a list of objects") end) as $runs
  | (if has("cross") or ($runs | length == 0) then (.cross // {} | settings("\"cross\"") | crossed)[] | {own: .} else empty end),
    ($runs | to_entries[] | "run \(.key + 1) of \"runs\"" as $where | .value | settings($where)
      | .name as $name
      | if $name == null or ($name | type == "string" and test("^[\\p{L}\\p{N}][\\p{L}\\p{N} ._+=,-]*$")) then .
        else error("\($where) has the name \($name | tojson); a name may have letters, digits and ' ._+=,-'") end
      | {own: del(.name), name: $name});

def repeated($common):
  if $repeat == 0 then .
  else (($common + .own).seed // 1) as $seed
    | if $seed | type != "number" then error("seed must be a number, not \($seed | tojson)") else . end
    | range($repeat) as $i
    | {own: (.own + {seed: ($seed + $i)}), name: (if .name then "\(.name),seed=\($seed + $i)" else null end)} end;

def run($common):
  ($common + .own) as $all
  | (.name // (.own | name)) as $name
  | if $all.text == null then error("a run has no text; set \"text\" in \"common\" to the path of the training text") else . end
  | if $name | utf8bytelength > 200 then error("the name \($name[0:60])... is too long; give that run a shorter \"name\"") else . end
  | {name: $name,
     settings: ($all | del(.text) + {files: ($all.text | files)}
       | (if .init_from | type == "string" then .init_from |= path else . end)
       | to_entries | sort_by(.key) | from_entries)};

def runs:
  if type == "object" then . else error("the grid must be an object with \"common\", \"cross\" and \"runs\"") end
  | (keys_unsorted - ["common", "cross", "runs"])[0] as $other
  | if $other then error("the grid has the unknown member \($other | tojson); the members are \"common\", \"cross\" and \"runs\"") else . end
  | (.common // {} | settings("\"common\"")) as $common
  | [differing | repeated($common) | run($common)]
  | (group_by(.name)[] | select(length > 1)[0] | error("two runs have the name \(.name); give one another \"name\"")),
    (group_by(.settings)[] | select(length > 1) | error("the runs \(.[0].name) and \(.[1].name) have the same settings")),
    .[];

try ([runs] | .[] | "\(.name)\t\(.settings | tojson)") catch "!\t\(.)"
