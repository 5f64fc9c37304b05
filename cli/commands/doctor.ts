// SPDX-License-Identifier: Apache-2.0
import { flag, text, type Command } from "../command.ts";
import { ExitCode } from "../errors.ts";
import * as shared from "../sharedOptions.ts";

/** `claws doctor` */
export const doctor: Command = {
  summary: "check programs, credentials, services, tailnet, this machine, vault and agents",
  description:
    "Each finding is ok, a warning or a fault, and the last two come with the fix. Nothing is changed. Exit code 1 when there is a fault.",
  options: { stack: shared.stack, cwd: shared.cwd, vault: shared.vault, json: shared.json },
  examples: ["claws doctor", "claws doctor --json"],
  handler: async (values, effects) => {
    const [{ doctorChecks }, { runChecks, reportFindings }] = await Promise.all([
      import("../doctorChecks.ts"),
      import("../doctor.ts"),
    ]);
    const [cwd, stack, vault] = ["cwd", "stack", "vault"].map((name) => text(values, name));
    const findings = await runChecks(await doctorChecks(effects, { cwd, stack, vault }));
    reportFindings(findings, effects, flag(values, "json"));
    return findings.some(({ level }) => level === "fault") ? ExitCode.failed : ExitCode.done;
  },
};
