// SPDX-License-Identifier: Apache-2.0
import { UserError } from "../../cli/errors.ts";

/** The UserError that some work must end with. @throws when it ends otherwise */
export async function failureOf(work: Promise<unknown>): Promise<UserError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof UserError) return error;
  throw new Error("the work did not fail as it must", { cause: error });
}
