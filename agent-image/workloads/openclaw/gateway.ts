// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { GATEWAY_PORT } from "./configuration.ts";

/** Where OpenClaw's own program lies in the image. */
const PROGRAM = "/opt/office-claws/openclaw/node_modules/openclaw/openclaw.mjs";

/** OpenClaw, running. */
export interface Gateway {
  /** Resolves with how it ended, in words. Never rejects. */
  readonly ended: Promise<string>;
  /** Asks it to end, and makes it when it does not do so within ten seconds. Resolves when it is gone. */
  stop(): Promise<void>;
}

/** How to start OpenClaw. */
export interface GatewayOptions {
  /** Its whole environment. */
  readonly environment: NodeJS.ProcessEnv;
  /** Folder in which it starts: a `.env` there would be read, so it must be the agent's own. */
  readonly folder: string;
  /** Its program. @default that of the image */
  readonly program?: string;
}

/** Starts OpenClaw's gateway. What it prints goes where our own output goes. */
export function startGateway({ environment: env, folder: cwd, program = PROGRAM }: GatewayOptions): Gateway {
  const words = ["gateway", "run", "--port", String(GATEWAY_PORT), "--bind", "loopback"];
  const argv = ["--disable-sigusr1", program, ...words];
  const child = spawn(process.execPath, argv, { cwd, env, stdio: ["ignore", "inherit", "inherit"] });
  const ended = new Promise<string>((resolve) => {
    child.on("error", ({ message }) => resolve(message));
    child.on("exit", (code, signal) => resolve(signal ?? `exit code ${code ?? "unknown"}`));
  });
  return {
    ended,
    stop: async () => {
      const deadline = setTimeout(() => child.kill("SIGKILL"), 10_000);
      child.kill("SIGTERM");
      await ended;
      clearTimeout(deadline);
    },
  };
}
