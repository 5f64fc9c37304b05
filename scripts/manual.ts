// SPDX-License-Identifier: Apache-2.0
import { commandTable } from "../cli/commandTable.ts";
import { pageName, renderCommandPage, renderProgramPage } from "./manPage.ts";

/** All man pages by file name, from the data of the help. */
export async function renderManual(): Promise<ReadonlyMap<string, string>> {
  const entries = await Promise.all(commandTable.map(async ({ name, load }) => ({ name, command: await load() })));
  return new Map([
    ["claws.1", renderProgramPage(entries)],
    ...entries.map((entry) => [`${pageName(entry.name)}.1`, renderCommandPage(entry)] as const),
  ]);
}
