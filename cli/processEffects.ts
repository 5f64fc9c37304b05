// SPDX-License-Identifier: Apache-2.0
import { createCredentialSource } from "./credentialSource.ts";
import type { Effects } from "./effects.ts";
import type { Environment } from "./environment.ts";
import { UserError } from "./errors.ts";
import { whileRead, type Terminal } from "./terminal.ts";

/** The effects of the real process. Each is loaded when it is first used: most commands need few of them. */
export function processEffects(
  terminal: Terminal,
  signal: AbortSignal,
  environment: Environment = process.env,
): Effects {
  const readPassphrase: Effects["readPassphrase"] = async (prompt) =>
    (await import("./passphraseInput.ts")).readPassphrase(prompt, terminal, environment);
  const credentials = createCredentialSource(environment, process.cwd(), terminal, readPassphrase);
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
    readPassphrase,
    ask: async (question) => {
      if (!terminal.canAsk) throw cannotAsk();
      return await (await import("./question.ts")).ask(question, signal);
    },
    openStack: async (reference) => {
      const [{ openStack }, { remembering }] = await Promise.all([import("./stack.ts"), import("./agentNames.ts")]);
      return remembering(openStack(reference, environment, credentials.environment), reference, environment);
    },
    askTailscaled: async (path) => await (await import("./localTailscale.ts")).askLocalTailscale(environment)(path),
    tailnetStatus: async () => {
      const [{ askLocalTailscale }, { fetchTailnetStatus, STATUS_BOUNDS }] = await Promise.all([
        import("./localTailscale.ts"),
        import("./tailnet.ts"),
      ]);
      return await fetchTailnetStatus(askLocalTailscale(environment, STATUS_BOUNDS));
    },
    runSsh: async (run) =>
      (await import("./ssh/runSsh.ts")).runSsh(run, { environment, signal: whileRead(signal, terminal) }),
    daemonAt: async (address) => (await import("./daemonClient.ts")).daemonAt(address),
    digitalOcean: async () =>
      (await import("./digitalOcean.ts")).openDigitalOcean(await credentials.environment(["DIGITALOCEAN_TOKEN"])),
    tailscaleApi: async () =>
      (await import("./tailscaleApi.ts")).openTailscaleApi(await credentials.environment(["TAILSCALE_API_KEY"])),
    policyApi: async () =>
      (await import("./policy/policyApi.ts")).openPolicyApi(await credentials.environment(["TAILSCALE_API_KEY"])),
    openBrowser: async (url) => (await import("./browser.ts")).openBrowser(url, environment),
    runTool: async (words, options) => (await import("./runTool.ts")).runTool(words, options),
    portAnswers: async (address, port) => (await import("./portProbe.ts")).portAnswers(address, port),
    serverClock: async (origin) => (await import("./serverClock.ts")).fetchServerClock(origin, () => new Date()),
  };
}

/** Commands look before they ask and name the option that answers; this is for one that forgot. */
function cannotAsk(): UserError {
  return new UserError("this needs an answer, and there is no terminal to ask at (or CI is set)", [
    "claws COMMAND --help names the option that answers beforehand",
  ]);
}
