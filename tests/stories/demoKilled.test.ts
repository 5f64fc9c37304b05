// SPDX-License-Identifier: Apache-2.0
import { dirname } from "node:path";

import { startLab } from "../../lab/lab.ts";
import { type DemoRun, startDemo } from "../support/demoRun.ts";
import { labRunsOf, labTraces } from "../support/labTraces.ts";
import { toolchain } from "../support/storyLab.ts";

/** A text in the log for each stage of the demo. */
const moments = ["start the lab: run", "--- claws up", "creating droplet", "--- ask ada", "--- claws destroy"];

/** The provider's forced waits are no stage of their own. */
const quick = { CLAWS_LAB_PROVIDER_WAITS: "none" };
let demo: DemoRun;

afterEach(() => demo.remove(), 60_000);

describe("a demo that is killed", () => {
  it.each(moments)(
    "by SIGKILL after '%s' leaves nothing after the next start",
    async (moment) => {
      demo = startDemo(quick);
      const run = await demo.run();
      await demo.sees(moment);
      demo.kill("SIGKILL");
      await expect(demo.ended).resolves.toMatchObject({ signal: "SIGKILL" });
      expect(labTraces(run)).not.toEqual([]);

      const next = await startLab({ toolchain: toolchain() });
      await next.stop();
      expect(labTraces(run)).toEqual([]);
      expect(labTraces(next.id)).toEqual([]);
    },
    240_000,
  );

  it.each(["start the lab: run", "creating droplet"])(
    "by SIGINT after '%s' cleans up before it ends",
    async (moment) => {
      demo = startDemo(quick);
      const run = await demo.run();
      await demo.sees(moment);
      demo.kill("SIGINT");
      const { code, signal } = await demo.ended;
      expect([code, signal]).toEqual(code === null ? [null, "SIGINT"] : [130, null]);
      expect(labTraces(run)).toEqual([]);
    },
    240_000,
  );

  it("by SIGKILL before its lab has started leaves nothing after the next start", async () => {
    demo = startDemo(quick);
    await demo.sees("A lab: ");
    demo.kill("SIGKILL");
    await demo.ended;
    const runs = labRunsOf(demo.pid);

    const next = await startLab({ toolchain: toolchain() });
    await next.stop();
    expect(runs.flatMap(labTraces)).toEqual([]);
    expect([labRunsOf(demo.pid), labRunsOf(demo.pid, dirname(next.directory))]).toEqual([[], []]);
    expect(labTraces(next.id)).toEqual([]);
  }, 240_000);
});
