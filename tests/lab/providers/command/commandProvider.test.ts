// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { commandProvider } from "../../../../lab/providers/command/commandProvider.ts";
import {
  containsSecret,
  type PropertyMap,
  revealSecrets,
  secret,
  UNKNOWN,
} from "../../../../lab/providers/engine/propertyValue.ts";
import type { Operation } from "../../../../lab/providers/engine/resourceProvider.ts";
import { providerOperation } from "../../../support/providerOperation.ts";

const TYPE = "command:local:Command";

function operation(changes: Partial<Operation> = {}): Operation {
  return providerOperation({ type: TYPE, name: "node", ...changes });
}

function check(inputs: PropertyMap) {
  return commandProvider.check(operation(), { inputs, oldInputs: {}, seed: new Uint8Array() });
}

function diff(oldInputs: PropertyMap, inputs: PropertyMap, ignoreChanges: readonly string[] = []) {
  const outputs = { ...oldInputs, stdout: "old", stderr: "" };
  const { changes } = commandProvider.diff(operation(), { id: "node1", outputs, oldInputs, inputs, ignoreChanges });
  return Object.fromEntries(changes);
}

describe("the command provider", () => {
  let folder = "";

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "command-"));
  });

  afterEach(() => rm(folder, { recursive: true }));

  it("runs create, then update with the output of create, then delete with the output of update", async () => {
    const inputs = {
      create: "echo made; echo note >&2",
      update: 'echo "after $PULUMI_COMMAND_STDOUT, $PULUMI_COMMAND_STDERR"',
      delete: 'echo "gone: $PULUMI_COMMAND_STDOUT, ${PULUMI_COMMAND_STDERR-unset}" > deleted',
      dir: folder,
    };
    const { id, outputs } = await commandProvider.create(operation(), inputs);
    expect(id).toMatch(/^node[0-9a-f]{8}$/);
    expect(outputs).toEqual({ ...inputs, stdout: "made", stderr: "note" });

    const request = { id, outputs, oldInputs: inputs, inputs: { ...inputs, stdin: "x" }, ignoreChanges: [] };
    const updated = await commandProvider.update(operation(), request);
    expect(updated).toEqual({ ...inputs, stdin: "x", stdout: "after made, note", stderr: "" });

    await commandProvider.delete(operation(), { id, outputs: updated });
    expect(await readFile(path.join(folder, "deleted"), "utf8")).toBe("gone: after made, note, unset\n");
  });

  it("runs create again when there is no update, and nothing when there is neither", async () => {
    const inputs = { create: 'echo "run $PULUMI_COMMAND_STDOUT"' };
    const request = {
      id: "n",
      outputs: { ...inputs, stdout: "1", stderr: "" },
      oldInputs: inputs,
      inputs,
      ignoreChanges: [],
    };
    expect(await commandProvider.update(operation(), request)).toMatchObject({ stdout: "run 1" });
    expect(await commandProvider.update(operation(), { ...request, inputs: {} })).toEqual({ stdout: "1", stderr: "" });
    expect((await commandProvider.create(operation(), { dir: folder })).outputs).toEqual({
      dir: folder,
      stdout: "",
      stderr: "",
    });
    await expect(commandProvider.delete(operation(), { id: "n", outputs: {} })).resolves.toBeUndefined();
  });

  it("hides earlier output from the command when told to", async () => {
    const inputs = { create: 'echo "[${PULUMI_COMMAND_STDOUT-unset}]"', addPreviousOutputInEnv: false };
    const request = {
      id: "n",
      outputs: { ...inputs, stdout: "1", stderr: "2" },
      oldInputs: inputs,
      inputs,
      ignoreChanges: [],
    };
    expect(await commandProvider.update(operation(), request)).toMatchObject({ stdout: "[unset]" });
  });

  it("adds its environment to the whole environment of the engine", async () => {
    const inputs = { create: 'echo "$NAME ${PATH:+inherited}"', environment: { NAME: "a1" } };
    expect((await commandProvider.create(operation(), inputs)).outputs).toMatchObject({ stdout: "a1 inherited" });
  });

  it("runs in the folder it was started in unless told otherwise", async () => {
    expect((await commandProvider.create(operation(), { create: "pwd" })).outputs["stdout"]).toBe(process.cwd());
  });

  it("makes every output secret if any input is, and reveals it to the command only", async () => {
    const inputs = {
      create: 'printf "%s" "$KEY" | wc -c | tr -d " "',
      environment: { KEY: secret("hunter2"), NAME: "a1" },
    };
    const { outputs } = await commandProvider.create(operation(), inputs);
    expect(revealSecrets(outputs)).toMatchObject({ stdout: "7", environment: { KEY: "hunter2", NAME: "a1" } });
    expect(Object.values(outputs).every((value) => containsSecret(value))).toBe(true);
    const { outputs: plain } = await commandProvider.create(operation(), { create: "echo x" });
    expect(containsSecret(plain)).toBe(false);
  });

  it("runs nothing in a preview and knows no output", async () => {
    const inputs = { create: "touch ran", dir: folder, environment: { KEY: secret("s") }, triggers: [UNKNOWN] };
    const { outputs } = await commandProvider.create(operation({ preview: true }), inputs);
    expect(revealSecrets(outputs)).toMatchObject({ stdout: UNKNOWN, stderr: UNKNOWN, triggers: [UNKNOWN] });
    const request = { id: "n", outputs: { stdout: "1" }, oldInputs: {}, inputs, ignoreChanges: [] };
    expect(revealSecrets(await commandProvider.update(operation({ preview: true }), request))).toMatchObject({
      stdout: UNKNOWN,
    });
    await expect(readFile(path.join(folder, "ran"))).rejects.toThrow("ENOENT");
  });

  it("shows its output while it runs, unless logging is off", async () => {
    const shown = async (logging?: string) => {
      const lines: string[] = [];
      await commandProvider.create(operation({ log: (line) => lines.push(line) }), {
        create: "echo o; echo e >&2",
        logging,
      });
      return lines.toSorted();
    };
    expect(await shown()).toEqual(["e", "o"]);
    expect(await shown("stdout")).toEqual(["o"]);
    expect(await shown("stderr")).toEqual(["e"]);
    expect(await shown("stdoutAndStderr")).toEqual(["e", "o"]);
    expect(await shown("none")).toEqual([]);
  });

  it("keeps what it did when it is read: a command leaves nothing to look at", async () => {
    const state = { id: "n", outputs: { stdout: "1" } };
    expect(await commandProvider.read(operation(), state, { create: "x" })).toEqual({
      ...state,
      inputs: { create: "x" },
    });
  });

  it("replaces for triggers, by the ones that changed, and updates for every other input", () => {
    const old = { create: "a", environment: { A: "1" }, triggers: ["1", "2"] };
    expect(diff(old, old)).toEqual({});
    expect(diff(old, { ...old, triggers: ["1", "3"] })).toEqual({ "triggers[1]": { kind: "update", replace: true } });
    expect(diff(old, { ...old, triggers: ["1", UNKNOWN] })).toEqual({
      "triggers[1]": { kind: "update", replace: true },
    });
    expect(diff(old, { ...old, triggers: ["1", "2", "3"] })).toEqual({ "triggers[2]": { kind: "add", replace: true } });
    expect(diff(old, { ...old, triggers: ["1"] })).toEqual({ "triggers[1]": { kind: "delete", replace: true } });
    expect(diff(old, { create: "a", environment: { A: "1" } })).toEqual({
      triggers: { kind: "delete", replace: true },
    });
    expect(diff(old, { ...old, create: "b", delete: "c", environment: { A: "2" } })).toEqual({
      create: { kind: "update", replace: false },
      delete: { kind: "add", replace: false },
      environment: { kind: "update", replace: false },
    });
  });

  it("compares secrets by what they hide and ignores what it is told to ignore", () => {
    const old = { create: "a", stdin: secret("s"), triggers: ["1"] };
    expect(diff(old, { ...old, stdin: "s" })).toEqual({});
    expect(diff(old, { ...old, stdin: secret("t") })).toEqual({ stdin: { kind: "update", replace: false } });
    expect(diff(old, { create: "b", stdin: "s", triggers: ["2"] }, ["triggers", "create"])).toEqual({});
  });

  it("adds its one default and keeps secrets and unknown values as they are", () => {
    const inputs = {
      create: "a",
      environment: { KEY: secret("s") },
      triggers: [UNKNOWN, 1, { a: [true] }],
      stdin: UNKNOWN,
    };
    expect(check(inputs)).toEqual({ failures: [], inputs: { addPreviousOutputInEnv: true, ...inputs } });
  });

  it("refuses inputs it does not know, wrong types, and what the stand-in cannot do", () => {
    const inputs = {
      ...{ creat: "x", dir: 1, logging: "all", assetPaths: ["*"], archivePaths: ["*"], triggers: "1" },
      environment: { A: 1, B: "2" },
    };
    expect(check(inputs).failures).toEqual([
      { property: "creat", reason: "this resource type has no such input" },
      { property: "dir", reason: "expected a string, got a number" },
      { property: "logging", reason: 'expected one of stdout, stderr, stdoutAndStderr, none, got "all"' },
      { property: "assetPaths", reason: "the lab's stand-in provider collects no files" },
      { property: "archivePaths", reason: "the lab's stand-in provider collects no files" },
      { property: "triggers", reason: "expected a list" },
      { property: "environment", reason: "expected texts only, which these are not: A" },
    ]);
  });

  it("refuses other resource types and every function", () => {
    const remote = operation({ type: "command:remote:Command" });
    expect(() => commandProvider.check(remote, { inputs: {}, oldInputs: {}, seed: new Uint8Array() })).toThrow(
      'cannot handle resource type "command:remote:Command": the lab\'s stand-in for provider command has only: command:local:Command',
    );
    expect(() => void commandProvider.invoke("command:local:run", {})).toThrow(
      'cannot call function "command:local:run"',
    );
  });
});
