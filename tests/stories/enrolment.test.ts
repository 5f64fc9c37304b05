// SPDX-License-Identifier: Apache-2.0
// The enrolment secret under the real engine: made once, kept while the droplet lives, encrypted wherever the engine keeps it.
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { createEngineStack, type EngineStack } from "../support/engineStack.ts";

const COMMAND = "command:local:Command";
const components = join(import.meta.dirname, "../../components");
/** Nothing listens there: this story needs no cloud. */
const environment = { TAILSCALE_API_KEY: "unused", DIGITALOCEAN_TOKEN: "unused" };

const program = `
import * as pulumi from "@pulumi/pulumi";
import { EnrolmentSecret } from "./components/enrolmentSecret.ts";

const replacementTrigger = new pulumi.Config().get("trigger") ?? "one";
const enrolment = new EnrolmentSecret("ada", { replacementTrigger });
export const enrolments = { ada: enrolment.secret };
`;

describe("an enrolment secret", () => {
  let stack: EngineStack;

  beforeAll(async () => {
    stack = await createEngineStack(program, environment);
    await cp(components, join(stack.directory, "project/components"), { recursive: true });
  });

  afterAll(() => stack.remove());

  async function secret(): Promise<string> {
    const { enrolments } = (await stack.outputs()) as { enrolments: { ada: string } };
    return enrolments.ada;
  }

  it("is made, shown to nobody who does not ask for secrets, and in the state encrypted only", async () => {
    const up = await stack.run("up", "--yes", "--json");
    expect({ exitCode: up.exitCode, steps: up.steps.toSorted() }).toEqual({
      exitCode: 0,
      steps: [`create ${COMMAND}`, "create office-claws:index:EnrolmentSecret"],
    });
    const made = await secret();
    expect(made).toMatch(/^[A-Za-z0-9_-]{43}$/);

    const exported = await stack.run("stack", "export");
    const output = await stack.run("stack", "output", "--json");
    const forms = [made, Buffer.from(made).toString("base64"), Buffer.from(made, "base64url").toString("hex")];
    for (const text of [up.shown, exported.output, output.output, await stack.stateText()])
      expect(forms.filter((form) => text.includes(form))).toEqual([]);
    // The hunt would have found it: the state holds the step's own words as they are.
    expect(await stack.stateText()).toContain("enrolmentStep.ts make");
    expect(JSON.parse(output.output)).toEqual({ enrolments: { ada: "[secret]" } });
  });

  it("stays the same in previews, refreshes and further updates", async () => {
    const before = await secret();
    expect(await stack.run("preview", "--expect-no-changes")).toMatchObject({ exitCode: 0 });
    expect(await stack.run("refresh", "--yes", "--expect-no-changes")).toMatchObject({ exitCode: 0 });
    expect(await stack.run("up", "--yes", "--expect-no-changes")).toMatchObject({ exitCode: 0 });
    expect(await secret()).toBe(before);
  });

  it("stays the same when a release of the toolkit moves its step", async () => {
    const before = await secret();
    const project = join(stack.directory, "project");
    await cp(components, join(project, "moved"), { recursive: true });
    const text = await readFile(join(project, "index.ts"), "utf8");
    await writeFile(join(project, "index.ts"), text.replace("./components/", "./moved/"));
    const up = await stack.run("up", "--yes", "--json");
    expect({ exitCode: up.exitCode, steps: up.steps }).toEqual({ exitCode: 0, steps: [`update ${COMMAND}`] });
    expect(await secret()).toBe(before);
    expect((await stack.stateText()).includes(before)).toBe(false);
  });

  it("is made anew when the droplet is", async () => {
    const before = await secret();
    await stack.run("config", "set", "trigger", "two");
    const up = await stack.run("up", "--yes", "--json");
    expect({ exitCode: up.exitCode, steps: up.steps }).toEqual({
      exitCode: 0,
      steps: [`create-replacement ${COMMAND}`, `delete-replaced ${COMMAND}`],
    });
    const after = await secret();
    expect(after).not.toBe(before);
    const state = await stack.stateText();
    expect([state.includes(after), state.includes(before)]).toEqual([false, false]);
  });

  it("is not in what a failing program leaves behind", async () => {
    const known = await secret();
    const file = join(stack.directory, "project/index.ts");
    await writeFile(file, `${await readFile(file, "utf8")}\nthrow new Error("stopped");\n`);
    const up = await stack.run("up", "--yes", "--json");
    expect(up.exitCode).not.toBe(0);
    expect([up.shown.includes(known), (await stack.stateText()).includes(known)]).toEqual([false, false]);
  });
});
