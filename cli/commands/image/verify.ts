// SPDX-License-Identifier: Apache-2.0
import { flag, text, type Command } from "../../command.ts";
import { ExitCode } from "../../errors.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws image verify` */
export const imageVerify: Command = {
  summary: "check that droplets can be made from an image: there, available, in the region, small enough",
  description:
    "Without an image: those of the stack's agents, each for the agent's region and size. Exit code 1 if not.",
  argument: { name: "image", summary: "the numeric ID of a snapshot", optional: true },
  options: {
    region: { kind: "text", value: "REGION", summary: "the region that the image is meant for" },
    size: { kind: "text", value: "SIZE", summary: "the size that the image is meant for" },
    stack: shared.stack,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws image verify", "claws image verify 146288445 --region ams3"],
  handler: async (values, effects) => {
    const [{ imageUses }, { verifyImages }, { reportFindings }] = await Promise.all([
      import("../../image/imageUses.ts"),
      import("../../image/verifyImages.ts"),
      import("../../image/verifyReport.ts"),
    ]);
    const uses = await imageUses(text(values, "image"), values, effects);
    const findings = await verifyImages(await effects.digitalOcean(), uses);
    reportFindings(findings, effects.terminal, flag(values, "json"));
    return findings.every(({ problems }) => problems.length === 0) ? ExitCode.done : ExitCode.failed;
  },
};
