// SPDX-License-Identifier: Apache-2.0
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, failure, UserError } from "./errors.ts";
import { writeFileWhole } from "./fileWrite.ts";
import type { Project } from "./project.ts";
import { checkNewStack, renderNewStack, type NewStack } from "./newStackFile.ts";
import { readVaultIfAny, type VaultAccess } from "./vault.ts";

/** Where and what {@link initStack} writes. */
export interface InitStack {
  readonly project: Project;
  readonly stackName: string;
  readonly vault: VaultAccess;
  readonly content: Omit<NewStack, "operatorKey">;
}

/** What was made. */
export interface MadeStack {
  readonly stack: string;
  readonly file: string;
  readonly operatorKey: string | null;
}

/** Writes a new stack's file, with the operator key when there is a vault. @throws UserError when the file is there or a name is none */
export async function initStack({ project, stackName, vault, content }: InitStack): Promise<MadeStack> {
  checkNewStack(content);
  const file = join(project.configFolder, `Pulumi.${stackName.split("/").at(-1) ?? ""}.yaml`);
  const operatorKey = (await readVaultIfAny(vault))?.operator?.publicKey;
  try {
    await mkdir(project.configFolder, { recursive: true });
    await writeFileWhole(file, renderNewStack({ ...content, operatorKey }), { mode: 0o644, exclusive: true });
  } catch (error) {
    throw cannotWrite(file, error);
  }
  return { stack: stackName, file, operatorKey: operatorKey ?? null };
}

function cannotWrite(file: string, error: unknown): UserError {
  if (codeOf(error) === "EEXIST")
    return new UserError(`"${file}" exists already`, ["edit it, or name another stack with --stack"]);
  return failure(`cannot write "${file}": ${codeOf(error) ?? "unknown cause"}`, "nothing was made; check the folder");
}
