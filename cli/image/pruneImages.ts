// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "../effects.ts";
import { ExitCode, Interrupted, UserError } from "../errors.ts";
import { askYesOrNo } from "../yesOrNo.ts";
import { prunable, type AgentImage } from "./agentImages.ts";
import { reportImages } from "./imageReport.ts";

/** How {@link pruneImages} goes about it. */
export interface Pruning {
  /** How many of the newest images stay, used or not. */
  readonly keep: number;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** What became of an image. */
type Fate = "deleted" | "gone already" | "kept: in use by now" | "failed";

/**
 * Deletes old images that nothing uses, after asking. What uses an image is asked for again just before each delete.
 *
 * @param fetch the images as they are now
 */
export async function pruneImages(
  fetch: () => Promise<readonly AgentImage[]>,
  pruning: Pruning,
  effects: Pick<Effects, "digitalOcean" | "terminal" | "ask" | "signal">,
): Promise<ExitCode> {
  const { terminal } = effects;
  const doomed = prunable(await fetch(), pruning.keep);
  if (doomed.length === 0 || pruning.dryRun) {
    if (doomed.length === 0) terminal.notice("nothing to prune");
    if (pruning.json || doomed.length > 0) reportImages(doomed, terminal, pruning.json);
    return ExitCode.done;
  }
  if (!pruning.yes) await askFirst(doomed, effects);
  const fates = await deleteAll(doomed, fetch, effects);
  if (pruning.json) terminal.print(JSON.stringify(doomed.map(({ id, name }, at) => ({ id, name, fate: fates[at] }))));
  else for (const [at, { id, name }] of doomed.entries()) terminal.print(`${id} ${name}: ${fates[at] ?? ""}`);
  return fates.includes("failed") ? ExitCode.partly : ExitCode.done;
}

async function askFirst(doomed: readonly AgentImage[], { terminal, ask }: Pick<Effects, "terminal" | "ask">) {
  if (!terminal.canAsk)
    throw new UserError(`refusing to delete ${imageCount(doomed)} without being asked: there is no terminal`, [
      "look first: claws image prune --dry-run",
      "say it with --yes",
    ]);
  for (const { id, name } of doomed) terminal.say(`  ${id} ${name}`);
  if (!(await askYesOrNo(`Delete ${imageCount(doomed)} for ever?`, { ask })))
    throw new UserError("nothing was deleted");
}

async function deleteAll(
  doomed: readonly AgentImage[],
  fetch: () => Promise<readonly AgentImage[]>,
  { digitalOcean, terminal, signal }: Pick<Effects, "digitalOcean" | "terminal" | "signal">,
): Promise<readonly Fate[]> {
  const cloud = await digitalOcean();
  const fates: Fate[] = [];
  for (const { id, name } of doomed) {
    if (signal.aborted) throw new Interrupted(`${fates.length} of ${doomed.length} images were looked at`);
    try {
      const isUsed = (await fetch()).some((image) => image.id === id && image.usedBy.length > 0);
      if (isUsed) fates.push("kept: in use by now");
      else fates.push((await cloud.deleteImage(id)) ? "deleted" : "gone already");
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      terminal.complain(`cannot delete image ${id} (${name}): ${error.message}`, error.hints);
      fates.push("failed");
    }
  }
  return fates;
}

function imageCount({ length }: readonly AgentImage[]): string {
  return length === 1 ? "1 image" : `${length} images`;
}
