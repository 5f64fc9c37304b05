// SPDX-License-Identifier: Apache-2.0
import {
  nextWords,
  optionsWithValue,
  prefixes,
  type CompletedCommand,
  type CompletedOption,
  type ValueKind,
} from "./completionData.ts";

/** The script for fish 3 and later. */
export function renderFishScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of claws in fish: claws completion fish > ~/.config/fish/completions/claws.fish
function __claws_line
    set -l line
    set -l before ''
    for word in (commandline -opc)[2..]
        if test "$word" = --
            echo --
            return
        end
        switch $before
            case ${optionsWithValue(commands).join(" ")}
            case '*'
                string match -q -- '-*' $word; or set -a line $word
        end
        set before $word
    end
    string join ' ' -- $line
end
function __claws_at
    set -l line (__claws_line)
    test "$line" = "$argv[1]"
end
function __claws_in
    set -l line (__claws_line)
    string match -q -- "$argv[1] *" "$line "
end
function __claws_after_dashes
    set -l line (__claws_line)
    test "$line" = --
end
function __claws_names
    claws __complete $argv[1] (commandline -opc)[2..] 2>/dev/null
end
complete -c claws -f
complete -c claws -n __claws_after_dashes -F
complete -c claws -n 'not __claws_after_dashes' -l quiet -d 'say nothing but data, errors and questions'
complete -c claws -n 'not __claws_after_dashes' -l no-color -d 'no colour, as with NO_COLOR=1'
complete -c claws -n 'not __claws_after_dashes' -l help -d 'show the help'
${prefixes(commands)
  .flatMap((prefix) => [...nextWords(commands, prefix)].map(([word, summary]) => wordLine(prefix, word, summary)))
  .join("\n")}
${commands.flatMap(commandLines).join("\n")}`;
}

const GLOBAL = ["quiet", "no-color", "help"];

function wordLine(prefix: string, word: string, summary: string): string {
  return `complete -c claws -n ${quoted(`__claws_at "${prefix}"`)} -a ${word} -d ${quoted(summary)}`;
}

function commandLines({ name, options, argument }: CompletedCommand): readonly string[] {
  const own = options.filter((option) => !GLOBAL.includes(option.name));
  return [
    ...own.map((option) => optionLine(name, option)),
    ...(argument === undefined || argument === "text"
      ? []
      : [`complete -c claws -n ${quoted(`__claws_at "${name}"`)} ${valueWords(argument)}`]),
  ];
}

function optionLine(command: string, { name, summary, value }: CompletedOption): string {
  const place = `complete -c claws -n ${quoted(`__claws_in "${command}"`)} -l ${name} -d ${quoted(summary)}`;
  return value === undefined ? place : `${place} ${valueWords(value)}`;
}

function valueWords(kind: ValueKind): string {
  if (kind === "files") return "-rF";
  if (kind === "folders") return "-x -a '(__fish_complete_directories (commandline -ct))'";
  return kind === "text" ? "-x" : `-x -a '(__claws_names ${kind})'`;
}

/** In single quotes fish looks at nothing but a backslash and the quote itself. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
