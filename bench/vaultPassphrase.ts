// SPDX-License-Identifier: Apache-2.0
// Row 9: a whole process that unlocks a vault of 50 keys with a passphrase, beside the age command on the same file, and the most
// memory that it takes. Both get the passphrase from another program, as in a job without a terminal.
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createVault } from "../cli/vault.ts";
import type { VaultDocument } from "../cli/vaultDocument.ts";
import { keysOf } from "../cli/vaultPassphrase.ts";
import { Sensitive } from "../protocol/sensitive.ts";
import { resolveAge } from "../toolchain/agePrograms.ts";
import { repositoryRoot } from "./benchVault.ts";
import { timeProcess } from "./processTime.ts";
import type { Benchmark } from "./result.ts";
import { inRounds, median } from "./statistics.ts";

const goal = 1.25;
const memoryGoal = 300;
const passphrase = "seven unrelated words for a benchmark";
const pollMilliseconds = 10;

export const vaultPassphrase: Benchmark = async ({ short, onProgress }) => {
  const folder = await mkdtemp(join(tmpdir(), "claws-bench-"));
  try {
    onProgress("row 9: unlocking a vault with a passphrase, claws and age in turns");
    const age = await resolveAge();
    const vault = join(folder, "vault.age");
    await makePassphraseVault(folder, vault);
    const environment = {
      PATH: `${age.folder}:${process.env["PATH"] ?? ""}`,
      HOME: folder,
      CLAWS_VAULT_PASSPHRASE_CMD: `cat ${join(folder, "passphrase")}`,
      AGE_PASSPHRASE: passphrase,
    };
    const claws = [process.execPath, await clawsProgram(), "keys", "list", "--json"];
    const peer = [age.age, "--decrypt", "-j", "batchpass", "-o", "/dev/null", vault];
    const options = { cwd: folder, environment };
    const figures = await inRounds(short ? 3 : 10, {
      age: () => timeProcess(peer, options),
      ours: () => timeProcess(claws, options),
      memory: () => peakMebibytes(claws, options),
    });
    const [ours, theirs, memory] = [median(figures.ours), median(figures.age), Math.max(...figures.memory)];
    const what = "vault unlock with a passphrase";
    return [
      {
        row: 9,
        what: `${what}, whole process`,
        ours: `${ours.toFixed(0)} ms`,
        peer: `${theirs.toFixed(0)} ms age`,
        ratio: ours / theirs,
        goal: `<= ${goal}x`,
        met: ours / theirs <= goal,
      },
      {
        row: 9,
        what: `${what}, most memory`,
        ours: `${memory.toFixed(0)} MB`,
        peer: "work factor 18",
        ratio: null,
        goal: `<= ${memoryGoal} MB`,
        met: memory <= memoryGoal,
      },
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
};

async function clawsProgram(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(repositoryRoot, "package.json"), "utf8")) as {
    readonly bin: { readonly claws: string };
  };
  return join(repositoryRoot, manifest.bin.claws);
}

async function makePassphraseVault(folder: string, vault: string): Promise<void> {
  await cp(join(repositoryRoot, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  await writeFile(join(folder, "passphrase"), passphrase, { mode: 0o600 });
  const keys = Array.from({ length: 50 }, (_, index) => ({
    name: "anthropic",
    provider: "anthropic",
    agent: `agent-${index}`,
    value: Sensitive.from(`sk-ant-api03-${"b".repeat(100)}AA`),
    version: 1,
    created: "2026-01-01T00:00:00.000Z",
    notAfter: null,
  }));
  const document: VaultDocument = { recipients: [], keys };
  await createVault(vault, document, keysOf(Sensitive.from(passphrase), "the benchmark"));
}

/** The most memory that a process has had, in MiB. The kernel keeps the mark, so that nothing between two looks is missed but the end. */
async function peakMebibytes(
  [program = "", ...words]: readonly string[],
  { cwd, environment }: { readonly cwd: string; readonly environment: Readonly<Record<string, string>> },
): Promise<number> {
  const child = spawn(program, words, { cwd, env: environment, stdio: "ignore" });
  const look = async (): Promise<number> => {
    const status = await readFile(`/proc/${child.pid ?? 0}/status`, "utf8").catch(() => "");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
  };
  let peak = 0;
  const timer = setInterval(() => void look().then((now) => (peak = Math.max(peak, now))), pollMilliseconds);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (code !== 0) throw new Error(`${program} exited with ${code ?? "a signal"}`);
    return peak;
  } finally {
    clearInterval(timer);
  }
}
