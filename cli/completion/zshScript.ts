// SPDX-License-Identifier: Apache-2.0
import {
  nextWords,
  optionsWithValue,
  prefixes,
  type CompletedCommand,
  type CompletedOption,
} from "./completionData.ts";

/** The script for zsh: in a folder of `$fpath` as `_claws`, or evaluated after compinit. */
export function renderZshScript(commands: readonly CompletedCommand[]): string {
  return `#compdef claws
# Completion of claws in zsh: eval "$(claws completion zsh)" in ~/.zshrc, after compinit
_claws() {
  local cur="$words[CURRENT]" prev="$words[CURRENT-1]" line="" command="" kind="" before="" word index
  local -a found names
  for ((index = 2; index < CURRENT; index++)); do
    word="$words[index]"
    if [[ $word == "--" ]]; then
      shift $index words
      ((CURRENT -= index))
      _normal
      return
    fi
    case "$before" in
      ${optionsWithValue(commands).join(" | ")}) ;;
      *) [[ $word == -* ]] || line="\${line:+$line }$word" ;;
    esac
    before="$word"
  done
  if [[ $cur == --*=* ]]; then
    prev="\${cur%%=*}"
    compset -P 1 '*='
    cur="\${cur#*=}"
  fi
  case "$line " in
${commandCases(commands)}
  esac
  case "$command $prev" in
${valueCases(commands)}
  esac
  if [[ -z $kind && $cur == -* ]]; then
    case "$command" in
${optionCases(commands)}
    esac
    _describe -o option found
    return
  fi
  if [[ -z $kind ]]; then
    case "$line" in
${wordCases(commands)}
    esac
    [[ $line == "$command" ]] && case "$command" in
${argumentCases(commands)}
    esac
    ((\${#found})) && _describe command found
  fi
  case "$kind" in
    files) _files ;;
    folders) _files -/ ;;
    agents | stacks)
      names=("\${(@f)$(claws __complete $kind "\${words[@]:1}" 2>/dev/null)}")
      compadd -- "\${names[@]}"
      ;;
  esac
}
if [[ $funcstack[1] == _claws ]]; then _claws "$@"; else compdef _claws claws; fi`;
}

function commandCases(commands: readonly CompletedCommand[]): string {
  return lines(
    [...commands].sort((a, b) => b.name.length - a.name.length).map(({ name }) => `"${name} "*) command="${name}" ;;`),
    4,
  );
}

function valueCases(commands: readonly CompletedCommand[]): string {
  return lines(
    commands.flatMap(({ name, options }) =>
      options.flatMap((option) =>
        option.value === undefined ? [] : [`"${name} --${option.name}") kind=${option.value} ;;`],
      ),
    ),
    4,
  );
}

function optionCases(commands: readonly CompletedCommand[]): string {
  const rows = commands.map(({ name, options }) => `"${name}") found=(${options.map(optionRow).join(" ")}) ;;`);
  return lines([...rows, "*) found=(--quiet --no-color --help --version) ;;"], 6);
}

function optionRow({ name, summary }: CompletedOption): string {
  return described(`--${name}`, summary);
}

function wordCases(commands: readonly CompletedCommand[]): string {
  return lines(
    prefixes(commands).map((prefix) => {
      const rows = [...nextWords(commands, prefix)].map(([word, summary]) => described(word, summary));
      return `"${prefix}") found=(${rows.join(" ")}) ;;`;
    }),
    6,
  );
}

function argumentCases(commands: readonly CompletedCommand[]): string {
  return lines(
    commands.flatMap(({ name, argument }) => (argument === undefined ? [] : [`"${name}") kind=${argument} ;;`])),
    6,
  );
}

/** `word:summary` in single quotes; a colon within belongs to the text. */
function described(word: string, summary: string): string {
  return `'${`${word}:${summary.replaceAll(":", "\\:")}`.replaceAll("'", `'\\''`)}'`;
}

function lines(rows: readonly string[], indent: number): string {
  return rows.map((row) => " ".repeat(indent) + row).join("\n");
}
