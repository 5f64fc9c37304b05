// SPDX-License-Identifier: Apache-2.0
import { createCredentialSource } from "./credentialSource.ts";
import type { Effects } from "./effects.ts";
import { setting, type Environment } from "./environment.ts";
import { UserError } from "./errors.ts";
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
    readSecret: async (prompt, rule) =>
      (await import("./secretInput.ts")).readSecret(prompt, process.stdin, terminal, rule),
    readInput: async () => (await import("./importInput.ts")).readInput(process.stdin),
    program: [process.execPath, ...process.argv.slice(1, 2)],
    ask: async (question) => {
      if (!terminal.canAsk) throw cannotAsk();
      return await (await import("./question.ts")).ask(question, signal);
    },
    openStack: async (reference) => {
      const [{ openStack }, { remembering }] = await Promise.all([import("./stack.ts"), import("./agentNames.ts")]);
      return remembering(openStack(reference, environment, credentials.environment), reference, environment);
    },
    askTailscaled: async (path) =>
      await (await import("./askTailscaled.ts")).askTailscaledAt(tailscaleSocket(environment))(path),
    tailnetStatus: async () => (await import("./tailnet.ts")).fetchTailnetStatus(tailscaleSocket(environment)),
    daemonAt: async (address) => (await import("./daemonClient.ts")).daemonAt(address),
    digitalOcean: async () =>
      (await import("./digitalOcean.ts")).openDigitalOcean(await credentials.environment(["DIGITALOCEAN_TOKEN"])),
    tailscaleApi: async () =>
      (await import("./tailscaleApi.ts")).openTailscaleApi(await credentials.environment(["TAILSCALE_API_KEY"])),
    openBrowser: async (url) => (await import("./browser.ts")).openBrowser(url, environment),
    runProgram: async (words, folder) => (await import("./runProgram.ts")).runProgram(words, { folder, environment }),
    portAnswers: async (address, port) => (await import("./portProbe.ts")).portAnswers(address, port),
    serverClock: async (origin) => (await import("./serverClock.ts")).fetchServerClock(origin, () => new Date()),
  };
}

function tailscaleSocket(environment: Environment): string {
  return setting(environment, "CLAWS_TAILSCALE_SOCKET") ?? "/var/run/tailscale/tailscaled.sock";
}

/** Commands look before they ask and name the option that answers; this is for one that forgot. */
function cannotAsk(): UserError {
  return new UserError("this needs an answer, and there is no terminal to ask at (or CI is set)", [
    "claws COMMAND --help names the option that answers beforehand",
  ]);
}
