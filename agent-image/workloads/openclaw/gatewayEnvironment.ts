// SPDX-License-Identifier: Apache-2.0
import { AGENT_TOKEN_VARIABLE, GATEWAY_TOKEN_VARIABLE } from "./configuration.ts";

/** What OpenClaw's environment is made of. */
export interface GatewayEnvironmentParts {
  /** Home of the agent, in which OpenClaw keeps its files. */
  readonly home: string;
  /** The broker's placeholder. */
  readonly agentToken: string;
  readonly gatewayToken: string;
  /** Environment of this process, of which the search path and the folder for temporary files are handed on. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Renders the whole environment of OpenClaw. Commands that the model runs inherit it and can print it, so it holds nothing that is
 * worth anything outside of this droplet.
 */
export function gatewayEnvironment(parts: GatewayEnvironmentParts): NodeJS.ProcessEnv {
  const { home, agentToken, gatewayToken, environment } = parts;
  return {
    PATH: environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    HOME: home,
    TMPDIR: environment["TMPDIR"] ?? "/tmp",
    LANG: "C.UTF-8",
    NODE_ENV: "production",
    DO_NOT_TRACK: "1",
    OPENCLAW_CONFIG_READONLY: "1",
    OPENCLAW_DISABLE_BONJOUR: "1",
    OPENCLAW_EXEC_SHELL_SNAPSHOT: "0",
    // The native file operations call openat2, which RestrictSUIDSGID answers as if the kernel had none.
    OPENCLAW_FS_SAFE_NATIVE_MODE: "off",
    OPENCLAW_NO_AUTO_UPDATE: "1",
    OPENCLAW_NO_RESPAWN: "1",
    OPENCLAW_SKIP_CHANNELS: "1",
    [AGENT_TOKEN_VARIABLE]: agentToken,
    [GATEWAY_TOKEN_VARIABLE]: gatewayToken,
  };
}
