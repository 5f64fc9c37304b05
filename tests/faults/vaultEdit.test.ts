// SPDX-License-Identifier: Apache-2.0
// Case 16: what becomes of the plain text when somebody edits the vault. Real program, real editors (scripts), real signals.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readVault } from "../../cli/vault.ts";
import { makeProject, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { startAtTerminal } from "../support/pseudoTerminal.ts";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";
import { makeTestVault, testKey, type TestVault } from "../support/testVault.ts";

const CANARY = "canary-16-value";
const folder = scratchFolder();
const program = join(import.meta.dirname, "..", "..", "cli", "bin.cjs");
let memory = "";
let root = "";
let vault: TestVault;
let before: Buffer;
let environment: Record<string, string> = {};

beforeEach(async () => {
  memory = mkdtempSync("/dev/shm/office-claws-test-");
  const project = await makeProject(folder());
  root = project.root;
  vault = await makeTestVault(root, { keys: [testKey({ value: CANARY })] });
  before = await readFile(vault.path);
  const temporary = join(folder(), "tmp");
  await mkdir(temporary);
  environment = {
    ...project.environment,
    CLAWS_AGE_KEY: vault.owner.identity.reveal(),
    XDG_RUNTIME_DIR: memory,
    TMPDIR: temporary,
    LOG: join(folder(), "log"),
  };
});
afterEach(() => rm(memory, { recursive: true, force: true }));

async function editWith(...lines: readonly string[]): Promise<CliRun> {
  const editor = await writeScript(join(folder(), "editor"), ...lines);
  return await spawnClaws(["vault", "edit"], { environment: { ...environment, EDITOR: editor }, folder: root });
}

async function log(): Promise<string> {
  return await readFile(join(folder(), "log"), "utf8");
}

/** No file outside of the vault's own encryption holds the value, and the memory folder is as it was. */
async function expectNothingLeft(): Promise<void> {
  expect(await readdir(memory)).toEqual([]);
  const { stdout } = spawnSync("grep", ["-rlF", CANARY, folder()], { encoding: "utf8" });
  expect(stdout).toBe("");
}

async function expectUntouched(): Promise<void> {
  expect(await readFile(vault.path)).toEqual(before);
  expect((await readdir(root)).sort()).toEqual(["Pulumi.yaml", "stacks", "vault.age"]);
  await expectNothingLeft();
}

describe("the plain text of an edited vault", () => {
  it("16 is on a tmpfs alone, in a file of mode 0600 in a folder of mode 0700", async () => {
    const run = await editWith(
      'stat -f -c %T "$1" > "$LOG"',
      'stat -c %a "$1" "$(dirname "$1")" >> "$LOG"',
      `grep -c ${CANARY} "$1" >> "$LOG"`,
      `grep -rlF ${CANARY} "${folder()}" | grep -v editor >> "$LOG"`,
      'case "$1" in "$XDG_RUNTIME_DIR"/*) echo inside >> "$LOG" ;; esac',
    );
    expect(run.exitCode).toBe(0);
    expect(await log()).toBe("tmpfs\n600\n700\n1\ninside\n");
    await rm(join(folder(), "editor"));
    await expectUntouched();
  });

  it("16 is in nobody's arguments and environment, and what opens the vault is not in the editor's", async () => {
    await editWith(
      'for pid in $$ $PPID; do tr "\\0" "\\n" < /proc/$pid/cmdline; tr "\\0" "\\n" < /proc/$pid/environ; done > "$LOG.all"',
      `grep -c ${CANARY} "$LOG.all" > "$LOG"`,
      'env | grep -c CLAWS_AGE >> "$LOG"',
      'rm "$LOG.all"',
    );
    expect(await log()).toBe("0\n0\n");
  });

  it("16 leaves the vault alone, byte for byte, when it was not changed", async () => {
    const run = await editWith(":");
    expect([run.exitCode, run.stdout]).toEqual([0, ""]);
    expect(run.stderr).toContain("claws: nothing was changed\n");
    await expectUntouched();
  });

  it("16 is saved when it was changed, also by an editor that writes a new file in its place", async () => {
    const run = await editWith('sed "s/anthropic/claude/" "$1" > "$1.new"', 'mv "$1.new" "$1"', 'cp "$1" "$1~"');
    expect([run.exitCode, run.stdout]).toEqual([0, `saved ${vault.path}\n`]);
    expect((await readVault(vault.access)).keys.map(({ name, value }) => [name, value.reveal()])).toEqual([
      ["claude", CANARY],
    ]);
    await expectNothingLeft();
  });

  it.each([
    ["ends with an error", "exit 3", "it ended with exit code 3"],
    ["crashes", "kill -SEGV $$", "it ended with SIGSEGV"],
    ["is killed", "kill -KILL $$", "it ended with SIGKILL"],
    [
      "leaves swap and backup files",
      'cp "$1" "$(dirname "$1")/.x.swp"; cp "$1" "$TMPDIR/backup"; exit 1',
      "exit code 1",
    ],
    ["takes the file away", 'rm "$1"; exit 1', "it ended with exit code 1"],
  ])("16 is gone, and the vault as it was, when the editor %s", async (_, line, cause) => {
    const run = await editWith('echo "changed" >> "$1"', line);
    expect([run.exitCode, run.stdout]).toEqual([1, ""]);
    expect(run.stderr).toContain(cause);
    await expectUntouched();
  });

  it.each([
    ["is no JSON", 'echo "}" >> "$1"'],
    ["gives a value a used version", 'sed -i s/-value/-other/ "$1"'],
    ["is empty", ': > "$1"'],
  ])("16 is gone, and the vault as it was, when the text %s", async (_, line) => {
    const run = await editWith(line);
    expect([run.exitCode, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain("claws: error: cannot save the edited vault: ");
    expect(run.stderr).not.toContain(CANARY);
    await expectUntouched();
  });

  it.each([
    ["nothing", 'rm "$1"', "the editor left no file"],
    ["a link", 'rm "$1"; ln -s /etc/hostname "$1"', "it is a symbolic link"],
    ["a pipe", 'rm "$1"; mkfifo "$1"', "it is not a regular file"],
  ])("16 is not saved when the editor leaves %s in its place", async (_, line, cause) => {
    const run = await editWith(line);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain(cause);
    await expectUntouched();
  });

  it("16 is put nowhere when there is no tmpfs: the editor is not even started", async () => {
    const { makeMemoryFolder } = await import("../../cli/memoryFolder.ts");
    expect(() => makeMemoryFolder({ XDG_RUNTIME_DIR: root }, root)).toThrow("plain text is not put on a disk");
    await expectUntouched();
  });

  it("16 is nothing when there is no vault: no editor is announced", async () => {
    await rm(vault.path);
    const { exitCode, stderr } = await editWith("exit 0");
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`claws: error: there is no vault at "${vault.path}"\n`);
    expect(stderr).not.toContain("opening");
  });

  it("16 is not opened without a terminal unless an editor is named", async () => {
    const run = await spawnClaws(["vault", "edit"], { environment, folder: root });
    expect([run.exitCode, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain("there is no terminal, and neither VISUAL nor EDITOR names a program");
    await expectUntouched();
  });
});

describe("a signal while the editor is open", () => {
  /** Writes its process ID when it has the file, and then waits; it may be deaf to signals. */
  async function startEdit(deafTo: readonly string[] = []): Promise<{ child: ChildProcess; editor: number }> {
    const waits = `for (const name of ${JSON.stringify(deafTo)}) process.on(name, () => undefined);
      require("node:fs").appendFileSync(process.argv[1], "changed"); console.log(process.pid); setInterval(() => {}, 1000);`;
    await writeFile(join(folder(), "waits.cjs"), waits);
    const editor = await writeScript(
      join(folder(), "editor"),
      `exec "${process.execPath}" --eval "$(cat "${join(folder(), "waits.cjs")}")" "$1"`,
    );
    const child = spawn(process.execPath, [program, "vault", "edit"], {
      cwd: root,
      env: { ...environment, EDITOR: editor },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [text] = (await once(child.stdout, "data")) as [Buffer];
    expect(await readdir(memory)).toHaveLength(1);
    return { child, editor: Number(text.toString()) };
  }

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("16 %s ends the editor and takes the text away", async (signal) => {
    const { child, editor } = await startEdit();
    const end = once(child, "close");
    child.kill(signal);
    expect(await end).toEqual([130, null]);
    expect(() => process.kill(editor, 0)).toThrow("ESRCH");
    await expectUntouched();
  });

  it("16 a second one takes the text away at once, whatever the editor does", async () => {
    const { child, editor } = await startEdit(["SIGTERM", "SIGINT", "SIGHUP"]);
    // The editor holds the pipe, so it may outlive claws; it sees a file that is gone.
    const end = once(child, "exit");
    child.kill("SIGTERM");
    child.kill("SIGINT");
    expect(await end).toEqual([130, null]);
    process.kill(editor, "SIGKILL");
    await expectUntouched();
  });

  it("16 an editor that is deaf to it is killed", async () => {
    const { child, editor } = await startEdit(["SIGTERM"]);
    const end = once(child, "close");
    child.kill("SIGTERM");
    expect(await end).toEqual([130, null]);
    expect(() => process.kill(editor, 0)).toThrow("ESRCH");
    await expectUntouched();
  });

  it("16 SIGKILL leaves the text in memory, and the next edit takes it away", async () => {
    const { child, editor } = await startEdit();
    const end = once(child, "exit");
    child.kill("SIGKILL");
    await end;
    process.kill(editor, "SIGKILL");
    expect(await readdir(memory)).toHaveLength(1);
    await editWith(":");
    await rm(join(folder(), "editor"));
    await expectUntouched();
  });
});

describe("at a terminal", () => {
  it("16 a mistake can be mended: the text is offered again as it was typed", async () => {
    const editor = await writeScript(
      join(folder(), "editor"),
      'if [ -e "$LOG" ]; then sed -i s/oops// "$1"; sed -i s/anthropic/claude/ "$1"; else echo oops >> "$1"; touch "$LOG"; fi',
    );
    const terminal = startAtTerminal([process.execPath, program, "vault", "edit"], {
      folder: root,
      environment: { ...environment, EDITOR: editor },
    });
    await terminal.shows("Edit it again? What you typed is lost otherwise. [Y/n] ");
    expect(await readdir(memory)).toHaveLength(1);
    terminal.type("\r");
    await terminal.shows(`saved ${vault.path}`);
    expect(await terminal.exitCode).toBe(0);
    expect(terminal.screen()).not.toContain(CANARY);
    await expectNothingLeft();
  });

  it("16 or given up, and Ctrl-C at the question is as good as no", async () => {
    const editor = await writeScript(join(folder(), "editor"), 'echo oops >> "$1"');
    for (const answer of ["n\r", "\u0003"]) {
      const terminal = startAtTerminal([process.execPath, program, "vault", "edit"], {
        folder: root,
        environment: { ...environment, EDITOR: editor },
      });
      await terminal.shows("Edit it again?");
      terminal.type(answer);
      expect(await terminal.exitCode).not.toBe(0);
      await expectUntouched();
    }
  });

  it("16 what somebody else stored meanwhile is kept", async () => {
    const other = join(folder(), "other.sh");
    await writeScript(
      other,
      `echo canary-16-openai | "${process.execPath}" "${program}" keys set openai --agent a1 --vault "${vault.path}"`,
    );
    const key = vault.owner.identity.reveal();
    await writeFile(join(folder(), "identity.txt"), `${key}\n`, { mode: 0o600 });
    const run = await editWith(
      `CLAWS_AGE_KEY_FILE="${join(folder(), "identity.txt")}" ${other} > /dev/null 2>&1`,
      'sed -i s/anthropic/claude/ "$1"',
    );
    expect(run.exitCode).toBe(0);
    expect((await readVault(vault.access)).keys.map(({ name }) => name).sort()).toEqual(["claude", "openai"]);
    await rm(other);
  });
});
