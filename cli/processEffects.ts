// SPDX-License-Identifier: Apache-2.0
import { createCredentialSource } from "./credentialSource.ts";
import type { Effects } from "./effects.ts";
import { setting, type Environment } from "./environment.ts";
import type { Terminal } from "./terminal.ts";

/** The effects of the real process. Each is loaded when it is first used: most commands need few of them. */
export function processEffects(
  terminal: Terminal,
  signal: AbortSignal,
  environment: Environment = process.env,
): Effects {
  const credentials = createCredentialSource(environment, process.cwd(), terminal);
  return {
    environment,
    useVault: credentials.useVault,
    cloudEnvironment: credentials.environment,
    workingDirectory: process.cwd(),
    terminal,
    signal,
    now: () => new Date(),
    readSecret: async (prompt) => (await import("./secretInput.ts")).readSecret(prompt, process.stdin, terminal),
    ask: async (question) => (await import("./question.ts")).ask(question, signal),
    openStack: async (reference) =>
      (await import("./stack.ts")).openStack(reference, environment, credentials.environment),
    askTailscaled: async (path) =>
      await (await import("./askTailscaled.ts")).askTailscaledAt(tailscaleSocket(environment))(path),
    tailnetStatus: async () => (await import("./tailnet.ts")).fetchTailnetStatus(tailscaleSocket(environment)),
    daemonAt: async (address) => (await import("./daemonClient.ts")).daemonAt(address),
    digitalOcean: async () =>
      (await import("./digitalOcean.ts")).openDigitalOcean(await credentials.environment(["DIGITALOCEAN_TOKEN"])),
    tailscaleApi: async () =>
      (await import("./tailscaleApi.ts")).openTailscaleApi(await credentials.environment(["TAILSCALE_API_KEY"])),
    portAnswers: async (address, port) => (await import("./portProbe.ts")).portAnswers(address, port),
  };
}

function tailscaleSocket(environment: Environment): string {
  return setting(environment, "CLAWS_TAILSCALE_SOCKET") ?? "/var/run/tailscale/tailscaled.sock";
}
