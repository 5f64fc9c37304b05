// SPDX-License-Identifier: Apache-2.0

/**
 * Parses JSON with comments (line and block) and trailing commas, the form of tailnet policies.
 * @throws SyntaxError when it is neither.
 */
export function parseHujson(text: string): unknown {
  return JSON.parse(dropTrailingCommas(blankComments(text))) as unknown;
}

/** A string literal or a comment; an unfinished one is left for JSON.parse to refuse. */
const stringOrComment = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

function blankComments(text: string): string {
  return text.replace(stringOrComment, (match) => (match.startsWith("/") ? match.replace(/[^\n]/g, " ") : match));
}

const stringOrTrailingComma = /"(?:[^"\\]|\\.)*"|,(?=\s*[\]}])/g;

function dropTrailingCommas(text: string): string {
  // A comma after a value only: "[,]" must stay an error.
  return text.replace(stringOrTrailingComma, (match, offset: number) => {
    if (match !== ",") return match;
    return /[[{,:]\s*$/.test(text.slice(0, offset)) ? "," : " ";
  });
}
