// SPDX-License-Identifier: Apache-2.0
import { isUtf8 } from "node:buffer";
import { ParseError } from "../protocol/parseError.ts";
import { parseJson } from "../protocol/parseJson.ts";
import { Sensitive } from "../protocol/sensitive.ts";
import { parseDotenv } from "./dotenv.ts";
import { UserError } from "./errors.ts";

/** A variable of the imported text. */
export interface Variable {
  readonly name: string;
  readonly value: Sensitive;
  /** Why the value cannot be taken as it stands; it matters only when the variable is wanted. */
  readonly defect?: string;
}

/** What `--format` may be. */
export const IMPORT_FORMATS = ["dotenv", "json", "sops"] as const;
type ImportFormat = (typeof IMPORT_FORMATS)[number];

const SOPS_HINT = "print what it holds as JSON: sops -d --output-type json FILE | claws vault import --format sops";

/** Checks `--format`. @throws UserError with the ones that there are */
export function importFormat(given: string): ImportFormat {
  const format = IMPORT_FORMATS.find((one) => one === given);
  if (format !== undefined) return format;
  throw new UserError(`--format must be one of ${IMPORT_FORMATS.join(", ")}`);
}

/**
 * Reads the variables of a text and wipes it. Without a format, what starts with a brace is JSON and all else is dotenv; so is the
 * output of `sops -d`.
 *
 * @throws UserError that names the place and shows nothing of the text
 */
export function readVariables(bytes: Buffer, format?: ImportFormat): readonly Variable[] {
  try {
    if (!isUtf8(bytes)) throw new UserError("cannot import it: it is not UTF-8 text");
    const text = bytes.toString("utf8");
    if (text.trim() === "") throw new UserError("nothing to import: the text is empty");
    const isJson = /^\uFEFF?\s*[{[]/.test(text);
    if (format === "json" || (format !== "dotenv" && isJson)) return readJsonVariables(bytes, format === "sops");
    refuseYaml(text, format);
    return refuseRepeated(parseDotenv(text).map(toVariable));
  } finally {
    bytes.fill(0);
  }
}

function toVariable({ name, value, line, refers }: ReturnType<typeof parseDotenv>[number]): Variable {
  const defect = `line ${line} refers to another variable or command, which is not expanded`;
  return { name, value: Sensitive.from(value), ...(refers ? { defect } : {}) };
}

function readJsonVariables(bytes: Buffer, isSops: boolean): readonly Variable[] {
  const json = parseAsJson(bytes);
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new UserError("cannot import it: the JSON must be an object of names and texts");
  const members = Object.entries(json);
  if (members.some(([name, value]) => name === "sops" && typeof value === "object" && value !== null))
    throw new UserError("cannot import it: this file of SOPS is still encrypted", [SOPS_HINT]);
  return members.map(([name, value]) =>
    typeof value === "string"
      ? { name, value: Sensitive.from(value) }
      : { name, value: Sensitive.from(""), defect: `it is no text${isSops ? "; only the top level is read" : ""}` },
  );
}

function parseAsJson(bytes: Buffer): unknown {
  try {
    return parseJson(bytes, { maxBytes: 1024 * 1024 });
  } catch (error) {
    if (error instanceof ParseError) throw new UserError(`cannot import it: it is not JSON: ${error.message}`);
    throw error;
  }
}

/** Lines like `name: value` are what `sops -d` prints of a YAML file. */
function refuseYaml(text: string, format?: ImportFormat): void {
  const lines = text.split("\n").filter((line) => !/^\s*(?:#.*)?\r?$/.test(line));
  const isYaml =
    lines.some((line) => /^(?:---|[\w.-]+:(?:\s|$))/.test(line)) && !lines.some((line) => /^[\w ]+=/.test(line));
  if (isYaml) throw new UserError("cannot import it: it looks like YAML", format === "dotenv" ? [] : [SOPS_HINT]);
}

function refuseRepeated(variables: readonly Variable[]): readonly Variable[] {
  const seen = new Map<string, Variable>();
  for (const variable of variables) {
    const before = seen.get(variable.name);
    const defect = "it is set twice, to two values";
    seen.set(variable.name, before?.value.equals(variable.value) === false ? { ...variable, defect } : variable);
  }
  return [...seen.values()];
}
