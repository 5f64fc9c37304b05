// SPDX-License-Identifier: Apache-2.0
import type { Gateway } from "./gateway.ts";

/** What a keeper needs of the world. */
export interface KeeperOptions {
  /** Reads the broker's placeholder; rejects while clawsd is not running. */
  readonly readAgentToken: () => Promise<string>;
  /** A new token of OpenClaw's own gateway. */
  readonly createGatewayToken: () => string;
  readonly start: (tokens: GatewayTokens) => Gateway;
  /** Whether the gateway answers. Must not reject. */
  readonly isUp: (tokens: GatewayTokens) => Promise<boolean>;
  /** Waits before the next look. */
  readonly pause: () => Promise<unknown>;
}

/** The two tokens of one start of OpenClaw. */
export interface GatewayTokens {
  readonly agentToken: string;
  readonly gatewayToken: string;
}

/** Keeps one gateway running. */
export interface GatewayKeeper {
  /** Tokens of the gateway that can be asked now; undefined while there is none. */
  readonly current: () => GatewayTokens | undefined;
  /** Runs until the gateway ends by itself. @throws Error that says how it ended: systemd starts everything again */
  readonly run: () => Promise<never>;
}

/**
 * Keeps OpenClaw running with the placeholder that the broker takes. The placeholder is another one after each start of clawsd, and
 * OpenClaw reads it only when it starts, so then it is started again.
 */
export function createGatewayKeeper(options: KeeperOptions): GatewayKeeper {
  let current: GatewayTokens | undefined;
  const runOnce = async (): Promise<void> => {
    const tokens = { agentToken: await waitForToken(options), gatewayToken: options.createGatewayToken() };
    const gateway = options.start(tokens);
    const end = gateway.ended.then((how) => ({ how }));
    try {
      for (;;) {
        current ??= (await options.isUp(tokens)) ? tokens : undefined;
        const ended = await Promise.race([end, options.pause().then(() => undefined)]);
        if (ended !== undefined) throw new Error(`OpenClaw ended: ${ended.how}`);
        if (await isStale(options, tokens)) return;
      }
    } finally {
      current = undefined;
      await gateway.stop();
    }
  };
  return {
    current: () => current,
    run: async () => {
      for (;;) await runOnce();
    },
  };
}

async function waitForToken({ readAgentToken, pause }: KeeperOptions): Promise<string> {
  for (;;) {
    const token = await readAgentToken().catch(() => undefined);
    if (token !== undefined) return token;
    await pause();
  }
}

/** No placeholder is no reason to stop: clawsd is starting again and will write one. */
async function isStale({ readAgentToken }: KeeperOptions, { agentToken }: GatewayTokens): Promise<boolean> {
  const now = await readAgentToken().catch(() => agentToken);
  return now !== agentToken;
}
