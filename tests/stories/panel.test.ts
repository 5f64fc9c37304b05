// SPDX-License-Identifier: Apache-2.0
// The admin panel as an operator uses it: Chromium on the operator's machine, over the tailnet, to a droplet that `claws up` made.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { jest } from "@jest/globals";
import type { Browser, Page } from "playwright-core";

import { askAgent } from "../../scripts/demo/ask.ts";
import { type Canary, makeCanary } from "../../scripts/demo/canaries.ts";
import { succeed } from "../../scripts/demo/demoFailure.ts";
import { huntCanaries } from "../../scripts/demo/huntCanaries.ts";
import { type Ended, runCommand } from "../../scripts/demo/operator.ts";
import { fetchStatus } from "../../scripts/demo/statusRows.ts";
import { CHROMIUM, findBarriers, launchChromium, recordPage } from "../support/chromium.ts";
import { eventually } from "../support/eventually.ts";
import { startStoryLab, type StoryLab, withoutWaits } from "../support/storyLab.ts";

jest.setTimeout(300_000);

const first = makeCanary("ada", "anthropic", 1);
const second = makeCanary("ada", "anthropic", 2);

let story: StoryLab;
let browser: Browser;
let address: string;

beforeAll(async () => {
  story = await startStoryLab({ ada: ["anthropic"] });
  const { lab, operator, stack } = story;
  succeed("claws vault init", await operator.claws(["vault", "init"]));
  succeed("claws up", await operator.claws(["up", "--stack", stack], withoutWaits));
  const keysSet = ["keys", "set", "anthropic", "--agent", "ada"];
  succeed("claws keys set", await operator.claws(keysSet, { input: first.value }));
  succeed("claws keys push", await operator.claws(["keys", "push", "--stack", stack]));
  address = (await fetchStatus(operator, stack))[0]?.address ?? "";

  // A program that starts the browser on the operator's machine.
  const program = join(lab.directory, "chromium");
  const words = lab.operator([CHROMIUM]).map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  await writeFile(program, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`, { mode: 0o755 });
  browser = await launchChromium({ program });
});

afterAll(async () => {
  await browser.close();
  await story.lab.stop();
});

const origin = (): string => `http://${address}:7440`;

async function openPanel(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${origin()}/panel/`);
  await page.getByRole("button", { name: "Rotate anthropic" }).waitFor();
  return page;
}

/** Asks the agent, and tells which key its provider saw. */
async function keyOfNextRequest(prompt: string): Promise<string | null | undefined> {
  const answer = await askAgent(story.operator, { agent: "ada", address, prompt, provider: "anthropic" });
  expect(answer.status).toBe(200);
  const seen = (await story.lab.modelRequests()).filter((request) => request.prompt.includes(prompt));
  expect(seen).toHaveLength(1);
  return seen[0]?.key;
}

async function inside(...argv: readonly string[]): Promise<Ended> {
  return runCommand(await story.lab.inside("ada", argv), { environment: { PATH: process.env["PATH"] ?? "" } });
}

async function rotateTo(page: Page, canary: Canary): Promise<void> {
  await page.getByRole("button", { name: "Rotate anthropic" }).click();
  await page.keyboard.type(canary.value);
  await page.keyboard.press("Enter");
  await page.getByText("anthropic is rotated").waitFor();
}

describe("the panel on the operator's machine", () => {
  it("rotates a key, and the next request of the agent uses it", async () => {
    expect(await keyOfNextRequest("before the rotation")).toBe(first.value);
    const page = await openPanel();
    const record = recordPage(page);
    expect(await page.locator("#state-word").innerText()).toBe("Online, open");
    await rotateTo(page, second);
    expect(await page.locator("#rotate-receipt").innerText()).toMatch(
      /Active version\s+2\s+Fingerprint\s+[0-9a-f]{16}/,
    );
    expect(await keyOfNextRequest("after the rotation")).toBe(second.value);
    expect(await findBarriers(page)).toEqual([]);
    expect([...record.origins]).toEqual([origin()]);
    expect(record.complaints).toEqual([]);
    await page.close();
  });

  it("counts what was asked today", async () => {
    const page = await openPanel();
    expect(await page.locator("#keys tbody tr").innerText()).toMatch(/\b2 requests\b/);
    await page.close();
  });

  it("is written down with the operator's name, value nowhere", async () => {
    const page = await openPanel();
    await page.getByRole("button", { name: "Show entries" }).click();
    await page.getByText("revoke anthropic version 1").waitFor();
    expect(await page.locator("#audit").innerText()).toMatch(/op\s+operator\.tailnet\.lab\.example/);
    await page.close();
    const { findings } = await huntCanaries({ lab: story.lab, canaries: [first, second], logs: [] });
    expect(findings).toEqual([]);
  });

  it("restarts the workload, which answers again", async () => {
    const mainPid = async (): Promise<string> =>
      (await inside("systemctl", "show", "--property=MainPID", "--value", "claws-workload.service")).stdout.trim();
    const before = await mainPid();
    const page = await openPanel();
    await page.getByRole("button", { name: "Restart…" }).click();
    await page.getByRole("button", { name: "Restart", exact: true }).click();
    await page.getByText("The restart is under way.").first().waitFor();
    await eventually(mainPid, (pid) => !["", "0", before].includes(pid));
    const { stdout } = await eventually(
      () => inside("ls", "/run/office-claws"),
      (ended) => !ended.stdout.includes("restart-workload"),
    );
    expect(stdout.trim()).toBe("agent-token");
    await eventually(
      () => askAgent(story.operator, { agent: "ada", address, prompt: "after the restart", provider: "anthropic" }),
      ({ status }) => status === 200,
    );
    await page.close();
  });

  it("revokes the key, and the agent's next request is refused", async () => {
    const page = await openPanel();
    await page.getByRole("button", { name: "Revoke anthropic" }).click();
    await page.getByRole("button", { name: "Revoke", exact: true }).click();
    await page.getByText("anthropic is revoked.").first().waitFor();
    await page.getByText("Online, sealed", { exact: true }).waitFor();
    const answer = await askAgent(story.operator, { agent: "ada", address, prompt: "revoked", provider: "anthropic" });
    expect(answer.status).not.toBe(200);
    await page.close();
  });
});

describe("the workload's user", () => {
  const asAgent = (script: string): Promise<Ended> =>
    inside("setpriv", "--reuid=agent", "--regid=agent", "--init-groups", "sh", "-c", script);

  it("cannot ask for its own restart", async () => {
    for (const script of [
      "touch /run/office-claws/restart-workload",
      "ln -s /etc/passwd /run/office-claws/restart-workload",
      "mkdir /run/office-claws/restart-workload",
      "mv /tmp /run/office-claws/restart-workload",
    ]) {
      const { code, stderr } = await asAgent(script);
      expect([script, code, stderr]).toEqual([script, 1, expect.stringContaining("Permission denied")]);
    }
  });

  it("cannot open the panel, not even over its own tailnet address", async () => {
    const program = `fetch("${origin()}/panel/").then(() => console.log("reached"), (e) => console.log(e.cause?.code ?? "failed"))`;
    const { stdout } = await asAgent(`/opt/office-claws/bin/node -e '${program}'`);
    expect(stdout.trim()).not.toBe("reached");
    expect(stdout.trim()).toMatch(/^E[A-Z]+$/);
  });
});
