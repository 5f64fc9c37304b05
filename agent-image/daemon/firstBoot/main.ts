// SPDX-License-Identifier: Apache-2.0
// What claws-first-boot.service runs, as root, until the agent file exists.
import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { runFirstBoot } from "./firstBoot.ts";

process.exitCode = await runFirstBoot({
  metadata: {
    url: "http://169.254.169.254/metadata/v1/user-data",
    attempts: 20,
    timeout: 5000,
    // 0.1 s, 0.2 s, 0.4 s, ... at most 3 s: 50 s in all while nobody answers at once.
    pause: (failures) => setTimeout(Math.min(100 * 2 ** (failures - 1), 3000)),
  },
  join: { tailscale: "/usr/bin/tailscale", directory: "/run/claws-first-boot", timeoutSeconds: 60 },
  // clawsd's own folder: systemd gives it to clawsd, with what is in it, when clawsd.service starts.
  identity: { path: "/var/lib/clawsd/identity", random: randomBytes },
  agentFile: "/var/lib/office-claws/agent.json",
  log: (line) => process.stderr.write(`first boot: ${line}\n`),
});
