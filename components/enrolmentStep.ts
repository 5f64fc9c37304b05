// SPDX-License-Identifier: Apache-2.0
// The program behind EnrolmentSecret's Command: `node enrolmentStep.ts make|keep`. What it prints becomes part of the
// stack's state as a secret; Pulumi hands it back to `keep` in the environment.
import { randomBytes } from "node:crypto";

const [action] = process.argv.slice(2);
if (action === "make") process.stdout.write(randomBytes(32).toString("base64url"));
else if (action === "keep" && process.env["PULUMI_COMMAND_STDOUT"]) {
  process.stdout.write(process.env["PULUMI_COMMAND_STDOUT"]);
} else {
  console.error("enrolment: usage: enrolmentStep.ts make|keep, keep with the secret in PULUMI_COMMAND_STDOUT");
  process.exitCode = 1;
}
