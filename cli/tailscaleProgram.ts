// SPDX-License-Identifier: Apache-2.0
import { execFile, type ExecFileException } from "node:child_process";
import type { ApiReply } from "./apiClient.ts";
import type { AskTailscaled, QuestionBounds } from "./askTailscaled.ts";
import { withoutSecrets, type Environment } from "./environment.ts";
import { failure } from "./errors.ts";
import type { LocalTailscale } from "./localTailscale.ts";
import { printable } from "./printable.ts";

type Program = Extract<LocalTailscale, { kind: "program" }>;

/**
 * Questions to the own tailscaled by way of Tailscale's CLI, for systems on which its socket is out of reach. It answers the questions
 * of the LocalAPI that commands ask, with the same documents.
 */
export function askTailscaleProgram(
  program: Program,
  environment: Environment,
  { programTimeout = 10_000, limit = 1024 * 1024 }: QuestionBounds = {},
): AskTailscaled {
  return async (path) => {
    const env = { ...withoutSecrets(environment), ...program.environment };
    const bounds = { env, timeout: programTimeout, killSignal: "SIGKILL", maxBuffer: limit } as const;
    return await run(program.file, wordsFor(path), bounds);
  };
}

/** The CLI's words for a path of the LocalAPI. */
function wordsFor(path: string): readonly string[] {
  const { pathname, searchParams } = new URL(path, "http://localhost/");
  if (pathname === "/status" && searchParams.get("peers") === "false") return ["status", "--json", "--peers=false"];
  if (pathname === "/status") return ["status", "--json"];
  const address = searchParams.get("addr");
  // An address only: what starts with a hyphen would be an option.
  if (pathname === "/whois" && address !== null && /^[0-9a-f[\]:.]+$/i.test(address))
    return ["whois", "--json", address];
  throw new TypeError(`Tailscale's CLI has no words for "${path}"`);
}

type Bounds = Readonly<{ env: Environment; timeout: number; killSignal: "SIGKILL"; maxBuffer: number }>;

async function run(file: string, words: readonly string[], bounds: Bounds): Promise<ApiReply> {
  const options = { ...bounds, env: { ...bounds.env }, encoding: "buffer", windowsHide: true } as const;
  const { error, stdout, stderr } = await new Promise<Ended>((resolve) => {
    execFile(file, words, options, (error, stdout, stderr) => resolve({ error, stdout, stderr })).stdin?.end();
  });
  const [verb] = words;
  // While it is stopped or logged out, the CLI prints the whole status and then fails.
  if (error === null || (verb === "status" && stdout.length > 0 && typeof error.code === "number"))
    return reply(200, stdout);
  const said = printable(stderr.toString("utf8").trim()).split("\n").at(-1)?.slice(0, 300) ?? "";
  if (verb === "whois" && /not found/i.test(said)) return reply(404, stderr);
  throw failure(`cannot ask tailscaled with "${file} ${verb ?? ""}": ${causeOf(error, said)}`, ...HINTS);
}

interface Ended {
  readonly error: ExecFileException | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

const HINTS = ["start Tailscale on this machine, or name its CLI with CLAWS_TAILSCALE_PROGRAM"];

function causeOf({ code, killed }: ExecFileException, said: string): string {
  if (code === "ENOENT") return "there is no such program";
  if (code === "EACCES") return "it may not be run";
  if (code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return "its answer is too long";
  if (killed === true) return "it did not answer in time";
  return said === "" ? `it ended with code ${String(code)}` : said;
}

function reply(status: number, body: Buffer): ApiReply {
  return { status, body };
}
