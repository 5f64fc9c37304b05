// SPDX-License-Identifier: Apache-2.0
// claws image list, verify and prune against the lab's emulator of DigitalOcean.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openDigitalOcean } from "../../../cli/digitalOcean.ts";
import type { Effects } from "../../../cli/effects.ts";
import { UserError } from "../../../cli/errors.ts";
import { fakeStack, knownAgent } from "../../support/agentWorld.ts";
import {
  makeProject,
  recordTerminal,
  runClaws,
  spawnClaws,
  testEffects,
  type CliRun,
} from "../../support/cliHarness.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";
import { closeTestClouds, startTestCloud, type TestCloud } from "../../support/testCloud.ts";
import { main } from "../../../cli/main.ts";

const folder = scratchFolder();
let cloud: TestCloud;
let root = "";
let environment: Record<string, string> = {};

beforeEach(async () => {
  ({ root, environment } = await makeProject(folder()));
  cloud = await startTestCloud();
  environment = { ...environment, DIGITALOCEAN_TOKEN: "token-1", DIGITALOCEAN_API_URL: cloud.api.url };
});
afterEach(closeTestClouds);

/** Five snapshots, the last one being the newest. */
async function makeImages(): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const index of [1, 2, 3, 4, 5]) {
    ids.push(String(cloud.api.addSnapshot({ name: `office-claws-agent-${index}`, regions: ["nyc3"] })));
    await cloud.clock.advance(1000);
  }
  return ids;
}

function effects(given: Partial<Effects> = {}): Partial<Effects> {
  const digitalOcean = () => Promise.resolve(openDigitalOcean(environment));
  return { environment, workingDirectory: root, digitalOcean, ...given };
}

async function claws(...words: string[]): Promise<CliRun> {
  return await runClaws(["image", ...words], effects());
}

async function idsLeft(): Promise<readonly string[]> {
  return (await openDigitalOcean(environment).ownImages()).map(({ id }) => id).sort();
}

describe("claws image list", () => {
  it("shows the images with what uses them", async () => {
    const [first = "", second = ""] = await makeImages();
    cloud.api.addSnapshot({ name: "somebody-elses", regions: ["nyc3"] });
    await cloud.droplet({ image: Number(first) });
    await writeFile(join(root, "stacks", "Pulumi.dev.yaml"), `config:\n  office-claws:image: "${second}"\n`);
    const { exitCode, stdout } = await claws("list", "--json");
    expect(exitCode).toBe(0);
    const images = JSON.parse(stdout) as readonly { readonly name: string; readonly usedBy: readonly string[] }[];
    expect(images.map(({ name, usedBy }) => [name, usedBy])).toEqual([
      ["office-claws-agent-5", []],
      ["office-claws-agent-4", []],
      ["office-claws-agent-3", []],
      ["office-claws-agent-2", ["stack dev"]],
      ["office-claws-agent-1", ["droplet a1"]],
    ]);
  });

  it("fits a table of 80 columns", async () => {
    const [first = ""] = await makeImages();
    for (const name of ["a1", "a2", "a3"]) await cloud.droplet({ name, image: Number(first) });
    const { stdout } = await claws("list");
    expect(stdout).toContain("IMAGE");
    expect(stdout).toContain("droplet a1, +2");
    expect(Math.max(...stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it("says how to make one where there is none, and keeps stdout clean", async () => {
    expect(await claws("list")).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "claws: no agent image in this account: claws image build\n",
    });
  });

  it("works as the real program", async () => {
    await makeImages();
    const { exitCode, stdout, stderr } = await spawnClaws(["image", "list"], { environment, folder: root });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout.split("\n")[1]).toMatch(/^\d+ +office-claws-agent-5 +2026-01-01 /);
  });
});

describe("claws image verify", () => {
  it("finds the stack's images good, agent by agent", async () => {
    const [imageId = ""] = await makeImages();
    const agents = new Map([["a1", knownAgent({ imageId })]]);
    const openStack = () => Promise.resolve(fakeStack({ outputs: () => Promise.resolve(agents) }));
    const { exitCode, stdout, stderr } = await runClaws(["image", "verify"], effects({ openStack }));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^AGENT +IMAGE +NAME +STATE\na1 +\d+ +office-claws-agent-1 +good\n$/);
  });

  it("ends with 1 and says why when an image is elsewhere", async () => {
    const [imageId = ""] = await makeImages();
    const { exitCode, stderr } = await claws("verify", imageId, "--region", "ams3");
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      [
        `claws: error: image ${imageId} is not in region ams3, only in nyc3`,
        "claws: hint: copy it there in DigitalOcean's console, or choose another region",
        "",
      ].join("\n"),
    );
  });

  it("ends with 1 for an image that does not exist", async () => {
    const { exitCode, stderr } = await claws("verify", "999999");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("image 999999 is not among the account's images");
  });

  it.each([["office-claws-agent-1"], ["0"], ["1; rm -rf"]])("takes no name for an ID: %s", async (image) => {
    const { exitCode, stderr } = await claws("verify", image);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("an image is named by its numeric ID");
  });

  it("refuses a region without an image", async () => {
    const { exitCode, stderr } = await claws("verify", "--region", "ams3");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("--region and --size go with an image");
  });

  it("works as the real program", async () => {
    const [imageId = ""] = await makeImages();
    const run = await spawnClaws(["image", "verify", imageId, "--json"], { environment, folder: root });
    expect(run.exitCode).toBe(0);
    expect(JSON.parse(run.stdout)).toEqual([{ agent: null, imageId, name: "office-claws-agent-1", problems: [] }]);
  });
});

describe("claws image prune", () => {
  it("deletes what is old and unused, and nothing else", async () => {
    const [one = "", two = "", three = "", four = "", five = ""] = await makeImages();
    await cloud.droplet({ image: Number(one) });
    const other = String(cloud.api.addSnapshot({ name: "somebody-elses", regions: ["nyc3"] }));
    const { exitCode, stdout } = await claws("prune", "--keep", "2", "--yes");
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`${three} office-claws-agent-3: deleted\n${two} office-claws-agent-2: deleted\n`);
    expect(await idsLeft()).toEqual([one, four, five, other].sort());
  });

  it("keeps three unless told otherwise", async () => {
    const [, , three = "", four = "", five = ""] = await makeImages();
    expect((await claws("prune", "--yes")).exitCode).toBe(0);
    expect(await idsLeft()).toEqual([three, four, five].sort());
  });

  it("only shows with --dry-run", async () => {
    const ids = await makeImages();
    const { exitCode, stdout } = await claws("prune", "--keep", "4", "--dry-run");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("office-claws-agent-1");
    expect(await idsLeft()).toEqual([...ids].sort());
  });

  it("refuses without a terminal and without --yes, and deletes nothing", async () => {
    const ids = await makeImages();
    const { exitCode, stderr } = await claws("prune");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("refusing to delete 2 images without being asked");
    expect(await idsLeft()).toEqual([...ids].sort());
  });

  it.each([
    ["y", 3],
    ["yes", 3],
    ["", 5],
    ["n", 5],
  ])("asks at a terminal and takes %j for what it is", async (answer, left) => {
    await makeImages();
    const terminal = recordTerminal({ canAsk: true });
    const questions: string[] = [];
    const ask = (question: string) => {
      questions.push(question);
      return Promise.resolve(answer);
    };
    await main(["image", "prune"], testEffects(effects({ terminal, ask })));
    expect(questions).toEqual(["Delete 2 images for ever? [y/N] "]);
    expect(terminal.stderr()).toContain("office-claws-agent-2");
    expect(await idsLeft()).toHaveLength(left);
  });

  it("keeps an image that a droplet was made from after the list was shown", async () => {
    const ids = await makeImages();
    const client = openDigitalOcean(environment);
    let calls = 0;
    const droplets: typeof client.droplets = async () => {
      calls += 1;
      if (calls === 2) await cloud.droplet({ image: Number(ids[1]) });
      return await client.droplets();
    };
    const digitalOcean = () => Promise.resolve({ ...client, droplets });
    const { exitCode, stdout } = await runClaws(["image", "prune", "--yes"], effects({ digitalOcean }));
    expect(exitCode).toBe(0);
    expect(stdout).toContain("office-claws-agent-2: kept: in use by now");
    expect(await idsLeft()).toContain(ids[1]);
  });

  it("goes on after a failure and ends with 3", async () => {
    await makeImages();
    const client = openDigitalOcean(environment);
    let isFirst = true;
    const deleteImage: typeof client.deleteImage = async (id) => {
      if (!isFirst) return await client.deleteImage(id);
      isFirst = false;
      throw new UserError("no such luck");
    };
    const digitalOcean = () => Promise.resolve({ ...client, deleteImage });
    const { exitCode, stdout, stderr } = await runClaws(["image", "prune", "--yes"], effects({ digitalOcean }));
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/agent-2: failed\n.*agent-1: deleted\n$/);
    expect(stderr).toContain("no such luck");
  });

  it("stops at Ctrl-C before the next image", async () => {
    const ids = await makeImages();
    const interrupt = new AbortController();
    const client = openDigitalOcean(environment);
    const deleteImage: typeof client.deleteImage = async (id) => {
      interrupt.abort();
      return await client.deleteImage(id);
    };
    const digitalOcean = () => Promise.resolve({ ...client, deleteImage });
    const given = effects({ digitalOcean, signal: interrupt.signal });
    const { exitCode, stderr } = await runClaws(["image", "prune", "--yes"], given);
    expect(exitCode).toBe(130);
    expect(stderr).toContain("1 of 2 images");
    expect(await idsLeft()).toHaveLength(ids.length - 1);
  });

  it.each([["-1"], ["1.5"], ["many"], ["99999"]])("refuses --keep %s", async (keep) => {
    const { exitCode } = await claws("prune", `--keep=${keep}`, "--yes");
    expect(exitCode).toBe(2);
  });

  it("works as the real program", async () => {
    await makeImages();
    const run = await spawnClaws(["image", "prune", "--yes", "--keep", "4", "--json"], { environment, folder: root });
    expect({ exitCode: run.exitCode, stderr: run.stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(JSON.parse(run.stdout)).toEqual([{ id: expect.any(String), name: "office-claws-agent-1", fate: "deleted" }]);
    expect(await idsLeft()).toHaveLength(4);
  });
});
