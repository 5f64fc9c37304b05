// SPDX-License-Identifier: Apache-2.0
import { readEnrolment } from "../protocol/dropletIdentity.ts";
import { ParseError } from "../protocol/parseError.ts";
import { Sensitive } from "../protocol/sensitive.ts";
import { failure } from "./errors.ts";

/**
 * Reads the enrolment secrets from the outputs that the program in stacks/ exports, secrets shown. None when there is no such output.
 *
 * @throws UserError (exit 1) when they do not have the expected form; what was there is not shown.
 */
export function parseEnrolments(outputs: unknown): ReadonlyMap<string, Sensitive> {
  const given: unknown =
    typeof outputs === "object" && outputs !== null && "enrolments" in outputs ? outputs.enrolments : {};
  try {
    if (typeof given !== "object" || given === null || Array.isArray(given))
      throw new ParseError("enrolments", "must be an object");
    return new Map(Object.entries(given).map(([agent, secret]) => [agent, readSecret(secret)]));
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw failure(`cannot read the stack's outputs: ${error.message}`, "finish the update first: claws up");
  }
}

function readSecret(value: unknown): Sensitive {
  return readEnrolment(typeof value === "string" ? Sensitive.from(value) : value, "enrolments");
}
