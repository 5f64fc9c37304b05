// SPDX-License-Identifier: Apache-2.0
import type { Sensitive } from "../protocol/sensitive.ts";
import type { ApiReply } from "./apiClient.ts";
import type { VaultPlace } from "./credentialSource.ts";
import type { CommandEntry } from "./commandTable.ts";
import type { Daemon } from "./daemonClient.ts";
import type { DigitalOcean } from "./digitalOcean.ts";
import type { Environment } from "./environment.ts";
import type { ServerClock } from "./serverClock.ts";
import type { SshRun } from "./ssh/runSsh.ts";
import type { ToolOptions, ToolResult } from "./runTool.ts";
import type { SecretRule } from "./secretInput.ts";
import type { Stack, StackReference } from "./stackTypes.ts";
import type { TailnetStatus } from "./tailnet.ts";
import type { PolicyApi } from "./policy/policyApi.ts";
import type { TailscaleApi } from "./tailscaleApi.ts";
import type { Terminal } from "./terminal.ts";

/** Everything that a command may do to the world. Tests pass their own. */
export interface Effects {
  readonly environment: Environment;
  /** Says where the vault is, for the cloud credentials in it; done once, when the command line is read. */
  readonly useVault: (place: VaultPlace) => void;
  /** The environment with the vault's cloud credentials put in where it lacks them. */
  readonly cloudEnvironment: () => Promise<Environment>;
  readonly workingDirectory: string;
  /** All commands; `main` puts them in. */
  readonly commands?: readonly CommandEntry[];
  readonly terminal: Terminal;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Reads a key, or what the rule says, from stdin or a prompt without echo. */
  readonly readSecret: (prompt: string, rule?: SecretRule) => Promise<Sensitive>;
  /** Reads all of stdin, when it is no terminal. */
  readonly readInput: () => Promise<Buffer>;
  /** How this program is started: Node and the file. */
  readonly program: readonly string[];
  /** Asks a person for a passphrase without echo, at the terminal even when stdin is none; refuses where that cannot be. */
  readonly readPassphrase: (prompt: string) => Promise<Sensitive>;
  /** Asks a person; only when `terminal.canAsk`. */
  readonly ask: (question: string) => Promise<string>;
  readonly openStack: (reference: StackReference) => Promise<Stack>;
  /** Asks the operator's own tailscaled for a path of its LocalAPI. */
  readonly askTailscaled: (path: string) => Promise<ApiReply>;
  /** What the operator's own tailscaled knows. */
  readonly tailnetStatus: () => Promise<TailnetStatus>;
  /** The control API of the daemon at a tailnet address. */
  readonly daemonAt: (address: string) => Promise<Daemon>;
  readonly digitalOcean: () => Promise<DigitalOcean>;
  readonly tailscaleApi: () => Promise<TailscaleApi>;
  /** Reads and replaces the tailnet's policy. */
  readonly policyApi: () => Promise<PolicyApi>;
  /** Shows a URL in the person's browser; gives why it cannot, or undefined. */
  readonly openBrowser: (url: string) => Promise<string | undefined>;
  /** Runs OpenSSH's client at this terminal, or for the lines that it prints; gives its exit code. */
  readonly runSsh: (run: SshRun) => Promise<number>;
  /** Runs a program that does a part of a command, away from the keyboard. */
  readonly runTool: (words: readonly string[], options: ToolOptions) => Promise<ToolResult>;
  /** Whether anything, even a refusal, comes back from a TCP port. */
  readonly portAnswers: (address: string, port: number) => Promise<boolean>;
  /** The time that a service's answer bears. */
  readonly serverClock: (origin: URL) => Promise<ServerClock>;
}
