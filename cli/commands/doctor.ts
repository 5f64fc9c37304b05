// SPDX-License-Identifier: Apache-2.0
import { flag, text, type Command } from "../command.ts";
import { ExitCode } from "../errors.ts";
import * as shared from "../sharedOptions.ts";

/** `claws doctor` */
export const doctor: Command = {
  summary: "check programs, credentials, services, tailnet, identity and vault; each fault with its fix",
  options: { cwd: shared.cwd, vault: shared.vault, json: shared.json },
  examples: ["claws doctor"],
  handler: async (values, effects) => {
    const [{ doctorChecks }, { runChecks, reportFindings }] = await Promise.all([
      import("../doctorChecks.ts"),
      import("../doctor.ts"),
    ]);
    const findings = await runChecks(doctorChecks(effects, { cwd: text(values, "cwd"), vault: text(values, "vault") }));
    reportFindings(findings, effects, flag(values, "json"));
    return findings.every(({ ok }) => ok) ? ExitCode.done : ExitCode.failed;
  },
};
