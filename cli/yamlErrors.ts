// SPDX-License-Identifier: Apache-2.0
import type { YAMLError } from "yaml";

/** Words of our own where the parser's would repeat what stands in the file: it may be a key in the wrong place. */
const OWN_WORDS: Partial<Record<YAMLError["code"], string>> = {
  BAD_ALIAS: "the alias has no anchor before it",
  BAD_DIRECTIVE: "a directive is not understood",
  BAD_DQ_ESCAPE: "an escape in double quotes is not understood",
  BAD_SCALAR_START: "a value without quotes cannot begin with this character",
  MULTIPLE_DOCS: "a second document begins here",
  TAB_AS_INDENT: "tabs cannot indent, use spaces",
  TAG_RESOLVE_FAILED: "the tag is not understood",
};

/** What an error of the parser says, in lower case and without anything from the text. */
export function wordsOf({ code, message }: Pick<YAMLError, "code" | "message">): string {
  const own = OWN_WORDS[code];
  if (own !== undefined) return own;
  const [sentence = ""] = message.split(/[:\n]/);
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
