// SPDX-License-Identifier: Apache-2.0
import { VERSION } from "../protocol/constants.ts";
import { runEngine } from "./engine.ts";
import type { Environment } from "./environment.ts";
import { UserError } from "./errors.ts";

/** What a report of a fault should name. */
export interface ReleaseVersions {
  readonly version: string;
  readonly node: string;
  /** The `pulumi` on the PATH; null when there is none. */
  readonly engine: string | null;
  readonly platform: string;
}

/** Asks the engine too, which takes a moment. */
export async function readVersions(environment: Environment, folder: string): Promise<ReleaseVersions> {
  const platform = `${process.platform}-${process.arch}`;
  return { version: VERSION, node: process.version, engine: await engineVersion(environment, folder), platform };
}

async function engineVersion(environment: Environment, folder: string): Promise<string | null> {
  try {
    const { code, stdout } = await runEngine(["version"], { folder, environment });
    return code === 0 ? stdout.trim() : null;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
