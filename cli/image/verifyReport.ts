// SPDX-License-Identifier: Apache-2.0
import { renderTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import type { ImageFinding } from "./verifyImages.ts";

/** Prints what was found of each image, and the problems below on stderr. */
export function reportFindings(findings: readonly ImageFinding[], terminal: Terminal, json: boolean): void {
  if (json) terminal.print(JSON.stringify(findings));
  else {
    const rows = findings.map(({ agent, imageId, name, problems }) => [
      agent ?? "-",
      imageId,
      name ?? "-",
      problems.length === 0 ? "good" : "not good",
    ]);
    terminal.print(renderTable(["AGENT", "IMAGE", "NAME", "STATE"], rows));
  }
  for (const { agent, imageId, problems } of findings)
    for (const problem of problems)
      terminal.complain(`image ${imageId}${agent === null ? "" : ` of ${agent}`} ${problem}`, hintsFor(problem));
}

function hintsFor(problem: string): readonly string[] {
  if (problem.startsWith("is not in region"))
    return ["copy it there in DigitalOcean's console, or choose another region"];
  if (problem.startsWith("is not among")) return ["claws image list shows those that there are"];
  return [];
}
