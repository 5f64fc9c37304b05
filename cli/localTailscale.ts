// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { posix, win32 } from "node:path";
import { askTailscaledAt, type AskTailscaled, type QuestionBounds } from "./askTailscaled.ts";
import { setting, type Environment } from "./environment.ts";

/** Where an operator's own tailscaled is asked. */
export type LocalTailscale =
  | { readonly kind: "socket"; readonly path: string }
  /** The CLI, for systems on which a socket is out of reach; `environment` is what it needs besides its user's. */
  | { readonly kind: "program"; readonly file: string; readonly environment: Environment };

/** Of which system this is, and what is there. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly isThere: (path: string) => boolean;
}

export const thisMachine: Machine = { platform: process.platform, isThere: existsSync };

const LINUX_SOCKET = "/var/run/tailscale/tailscaled.sock";
/** Of the open-source tailscaled; the one of the App Store and of the package have none. */
const MACOS_SOCKET = "/var/run/tailscaled.socket";
const MACOS_APP = "/Applications/Tailscale.app/Contents/MacOS/Tailscale";

/**
 * Chooses how the own tailscaled is asked: by the socket or program that the environment names, else by the socket that the system
 * has, else by the CLI's JSON, which is the same document.
 */
export function findLocalTailscale(
  environment: Environment,
  { platform, isThere }: Machine = thisMachine,
): LocalTailscale {
  const named = setting(environment, "CLAWS_TAILSCALE_SOCKET");
  if (named !== undefined) return { kind: "socket", path: named };
  const program = setting(environment, "CLAWS_TAILSCALE_PROGRAM");
  if (program !== undefined) return { kind: "program", file: program, environment: {} };
  if (platform === "win32") return { kind: "program", file: windowsProgram(environment, isThere), environment: {} };
  if (platform !== "darwin") return { kind: "socket", path: LINUX_SOCKET };
  if (isThere(MACOS_SOCKET)) return { kind: "socket", path: MACOS_SOCKET };
  // The app's own binary is its CLI when it is told so.
  if (isThere(MACOS_APP)) return { kind: "program", file: MACOS_APP, environment: { TAILSCALE_BE_CLI: "1" } };
  return { kind: "program", file: "tailscale", environment: {} };
}

function windowsProgram(environment: Environment, isThere: Machine["isThere"]): string {
  const file = win32.join(setting(environment, "ProgramFiles") ?? "C:\\Program Files", "Tailscale", "tailscale.exe");
  return isThere(file) ? file : "tailscale.exe";
}

/** Questions to the own tailscaled, whichever way it is asked. */
export function askLocalTailscale(environment: Environment, bounds: QuestionBounds = {}): AskTailscaled {
  return async (path) => {
    const place = findLocalTailscale(environment);
    if (place.kind === "socket") return await askTailscaledAt(place.path, bounds)(path);
    return await (await import("./tailscaleProgram.ts")).askTailscaleProgram(place, environment, bounds)(path);
  };
}

/** The words that run Tailscale's CLI against the same tailscaled. */
export function tailscaleWords(place: LocalTailscale, { platform }: Machine = thisMachine): readonly string[] {
  if (place.kind === "program") return [place.file];
  const isDefault = place.path === (platform === "darwin" ? MACOS_SOCKET : LINUX_SOCKET);
  return isDefault ? ["tailscale"] : ["tailscale", `--socket=${posix.normalize(place.path)}`];
}
