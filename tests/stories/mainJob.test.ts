// SPDX-License-Identifier: Apache-2.0
import { type DemoRun, startDemo } from "../support/demoRun.ts";
import { labTraces } from "../support/labTraces.ts";

let demo: DemoRun;

afterEach(() => demo.remove(), 60_000);

describe("npm run demo", () => {
  it("does the main job, ends with the receipt and leaves nothing on this machine", async () => {
    demo = startDemo();
    const run = await demo.run();
    const { code, screen } = await demo.ended;

    expect({ code, screen }).toEqual({ code: 0, screen: expect.stringContaining("Everything is destroyed") });
    for (const promise of promises) expect(screen).toMatch(promise);
    expect(receiptOf(screen)).toEqual(
      ["ada", "grace"].flatMap((agent) => receiptRows.map((what) => `${agent} ${what} gone`)).sort(),
    );
    expect(labTraces(run)).toEqual([]);
  }, 400_000);
});

/** What must be seen on the screen. */
const promises = [
  /claws operator show: its public half is in the stack's file: agents will take sealed and signed keys only/,
  /claws up: droplets made, nodes joined, keys sealed and pushed; policies enforced/,
  /ask ada: answered; anthropic saw ada's own key and no other/,
  /ask grace: answered; openai saw grace's own key and no other/,
  /ada calls grace and the operator under a policy that allows all: both answer/,
  /ada calls grace's control port and the operator: refused by the tailnet/,
  /scan of all 65535 TCP ports of both public addresses: 0 answers on 131070 ports/,
  /ask ada again: the very next request used the new key, no restart/,
  /hunt for the pushed keys: 0 found in \d{4,} files, texts and processes/,
];

const receiptRows = ["VPC", "auth key", "droplet", "droplets with tag", "firewall", "tag"].concat(
  "tailnet node",
  "tailnet nodes by name",
);

/** `agent what now` of each row of the receipt, which is the last thing on the screen. */
function receiptOf(screen: string): string[] {
  const [, table = ""] = screen.split(/^AGENT +WHAT +ID +NOW\n/m);
  const rows = table.trim().split("\n");
  return rows.map((row) => row.replace(/^(\w+) +(.+?) {2,}\S.*? {2,}(\w+)$/, "$1 $2 $3")).sort();
}
