// SPDX-License-Identifier: Apache-2.0
import { renderTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import type { AgentImage } from "./agentImages.ts";

/** Prints the images as a table or as JSON. */
export function reportImages(images: readonly AgentImage[], terminal: Terminal, json: boolean): void {
  if (json) terminal.print(JSON.stringify(images));
  else if (images.length === 0) terminal.notice("no agent image in this account: claws image build");
  else terminal.print(renderTable(["IMAGE", "NAME", "MADE", "GB", "REGIONS", "USED BY"], images.map(rowOf)));
}

function rowOf({ id, name, createdAt, sizeGigabytes, regions, usedBy }: AgentImage): readonly string[] {
  return [id, name, createdAt.slice(0, 10), String(sizeGigabytes), regions.join(" ") || "-", shortened(usedBy)];
}

/** A list of users that fits a line; the JSON has all of them. */
function shortened([first, ...others]: readonly string[]): string {
  if (first === undefined) return "-";
  return others.length === 0 ? first : `${first}, +${others.length}`;
}
