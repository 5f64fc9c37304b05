// SPDX-License-Identifier: Apache-2.0
import { TooMuchWork, type AgeFailure } from "../../protocol/age/ageFailure.ts";
import { UserError } from "../errors.ts";

/** What a user is told when an age file was not opened. */
export function failureInWords(failure: AgeFailure): UserError {
  if (failure instanceof TooMuchWork) return tooMuchWork(failure);
  switch (failure.kind) {
    case "identity":
      return wrongIdentity();
    default:
      return new UserError("it is damaged or cut off", ["restore it from a backup or from version control"]);
  }
}

/** The complaint about an identity that is not whole. */
export function wrongIdentity(): UserError {
  return new UserError("cannot use the age identity: its checksum is wrong", [
    "it was probably cut off when it was copied",
  ]);
}

function tooMuchWork({ highest }: TooMuchWork): UserError {
  return new UserError(`its passphrase's work factor is above ${highest}, more than any honest file needs`, [
    "whoever wrote it may want to exhaust this machine; restore it from a backup or from version control",
  ]);
}
