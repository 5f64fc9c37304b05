// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { ParseError } from "../../protocol/parseError.ts";
import { readList, readObject, readText } from "../../protocol/shape.ts";
import { codeOf, failure } from "../errors.ts";

/** A snapshot that was just made. */
export interface BuiltImage {
  readonly id: string;
  readonly region: string;
}

const ignore = { others: "ignore" } as const;
const read = readObject(
  { builds: readList(readObject({ artifact_id: readText(200, /^[a-z0-9,]+:\d+$/, "REGION:ID") }, ignore), 100) },
  ignore,
);

/** Reads what Packer's manifest says of its last build. @throws UserError (exit 1) when it does not say */
export async function readManifest(path: string): Promise<BuiltImage> {
  try {
    const { builds } = read(JSON.parse(await readFile(path, "utf8")), "");
    const [region, id] = builds.at(-1)?.artifact_id.split(":") ?? [];
    if (region !== undefined && id !== undefined) return { id, region };
  } catch (error) {
    if (!(error instanceof ParseError) && !(error instanceof SyntaxError) && codeOf(error) !== "ENOENT") throw error;
  }
  throw failure("packer ended well, but its manifest names no snapshot", "claws image list shows what there is");
}
