// SPDX-License-Identifier: Apache-2.0

/** Input that does not have the form it must have. The message names the place and the rule, never the value. */
export class ParseError extends Error {
  /** Where in the document, as `keys[0].version`; empty for the document itself. */
  readonly path: string;

  /** @param rule what must hold, as in "must be a whole number" */
  constructor(path: string, rule: string) {
    super(path === "" ? `cannot read the document: it ${rule}` : `cannot read "${path}": it ${rule}`);
    this.name = "ParseError";
    this.path = path;
  }
}
