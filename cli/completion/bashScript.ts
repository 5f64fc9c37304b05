// SPDX-License-Identifier: Apache-2.0
import { nextWords, optionsWithValue, prefixes, type CompletedCommand } from "./completionData.ts";

/** The script for bash 3.2 and later; needs nothing but bash. Nothing that is not in this script goes through an expansion. */
export function renderBashScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of claws in bash: eval "$(claws completion bash)" in ~/.bashrc
_claws() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" line="" words="" kind="" command="" before="" quote="" word index
  COMPREPLY=()
  # bash takes --stack=dev apart at the "=".
  if [[ $cur == "=" ]]; then cur=""; elif [[ $prev == "=" ]]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    if [[ $word == "--" ]]; then
      kind=files
      ((index == COMP_CWORD - 1)) && kind=programs
      break
    fi
    case "$before" in
      ${optionsWithValue(commands).join(" | ")}) [[ $word == "=" ]] && continue ;;
      *) [[ $word == -* ]] || line="\${line:+$line }$word" ;;
    esac
    before="$word"
  done
  case "$line " in
${commandCases(commands)}
  esac
  if [[ -z $kind ]]; then
    case "$command $prev" in
${valueCases(commands)}
    esac
  fi
  if [[ -z $kind ]]; then
    if [[ $cur == -* ]]; then
      case "$command" in
${optionCases(commands)}
      esac
    else
      case "$line" in
${wordCases(commands)}
      esac
      [[ $line == "$command" ]] && case "$command" in
${argumentCases(commands)}
      esac
    fi
  fi
  case "$kind" in
    files) words="$(compgen -f -- "$cur")"; compopt -o filenames 2>/dev/null || quote=1 ;;
    folders) words="$(compgen -d -- "$cur")"; compopt -o filenames 2>/dev/null || quote=1 ;;
    programs) words="$(compgen -c -- "$cur")" quote=1 ;;
    agents | stacks) words="$(claws __complete "$kind" "\${COMP_WORDS[@]:1}" 2>/dev/null)" ;;
  esac
  while IFS= read -r word; do
    [[ -n $word && $word == "$cur"* ]] || continue
    # What stands in a name must not run; with "filenames" bash sees to it.
    [[ -n $quote ]] && printf -v word %q "$word"
    COMPREPLY+=("$word")
  done <<< "$words"
}
complete -F _claws claws`;
}

/** The longest names first: `tailnet policy show` before a command `tailnet`. */
function commandCases(commands: readonly CompletedCommand[]): string {
  return lines(
    [...commands].sort((a, b) => b.name.length - a.name.length).map(({ name }) => `"${name} "*) command="${name}" ;;`),
    4,
  );
}

function valueCases(commands: readonly CompletedCommand[]): string {
  const kinds = ["agents", "stacks", "files", "folders", "text"] as const;
  const rows = kinds.map((kind) => {
    const places = commands.flatMap(({ name, options }) =>
      options.filter(({ value }) => value === kind).map((option) => `"${name} --${option.name}"`),
    );
    return places.length === 0 ? "" : `${places.join(" | ")}) kind=${kind} ;;`;
  });
  return lines(rows, 6);
}

function optionCases(commands: readonly CompletedCommand[]): string {
  const rows = commands.map(
    ({ name, options }) => `"${name}") words=$'${options.map((one) => `--${one.name}`).join("\\n")}' ;;`,
  );
  return lines([...rows, `*) words=$'--quiet\\n--no-color\\n--help\\n--version' ;;`], 8);
}

function wordCases(commands: readonly CompletedCommand[]): string {
  return lines(
    prefixes(commands).map(
      (prefix) => `"${prefix}") words=$'${[...nextWords(commands, prefix).keys()].join("\\n")}' ;;`,
    ),
    8,
  );
}

function argumentCases(commands: readonly CompletedCommand[]): string {
  return lines(
    commands.flatMap(({ name, argument }) => (argument === undefined ? [] : [`"${name}") kind=${argument} ;;`])),
    8,
  );
}

function lines(rows: readonly string[], indent: number): string {
  return rows
    .filter((row) => row !== "")
    .map((row) => " ".repeat(indent) + row)
    .join("\n");
}
