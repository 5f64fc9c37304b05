// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { checkRecipient } from "./age/recipient.ts";
import { codeOf, UserError } from "./errors.ts";

/**
 * Recipients that a user gave one by one and in a file, each once and checked.
 *
 * @throws UserError that names the option, or the file and its line; nothing that might be an identity is shown.
 */
export async function givenRecipients(words: readonly string[], file: string | undefined): Promise<readonly string[]> {
  for (const recipient of words) await checkRecipient(recipient, "RECIPIENT");
  const listed = file === undefined ? [] : await readRecipientsFile(file);
  return [...new Set([...words, ...listed])];
}

/** Reads a recipients file as age's `-R` takes it: one recipient a line; comments, blank lines and CRLF are allowed. */
async function readRecipientsFile(path: string): Promise<readonly string[]> {
  const recipients: string[] = [];
  for (const [index, raw] of readText(path).split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    await checkRecipient(line, `"${path}" line ${index + 1}`);
    recipients.push(line);
  }
  if (recipients.length === 0) throw new UserError(`"${path}" holds no recipient`);
  return recipients;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw new UserError(`cannot read the recipients file "${path}": ${codeOf(error) ?? "unknown cause"}`);
  }
}
