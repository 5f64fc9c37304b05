// SPDX-License-Identifier: Apache-2.0
// The policy commands against a real control plane: what claws adds has to be a policy that it takes.
import { succeed } from "../../scripts/demo/demoFailure.ts";
import { startStoryLab, type StoryLab } from "../support/storyLab.ts";

const OFFICE = `{
  // The printers were here first.
  "groups": { "group:office": ["op@"] }, /* more will come */
  "grants": [
    { "src": ["group:office"], "dst": ["group:office"], "ip": ["tcp:631"] }, // printing
  ],
}
`;
const words = ["tailnet", "policy"];
const wanted = ["--operator", "op@", "--without-tests"];
let story: StoryLab;

beforeAll(async () => {
  story = await startStoryLab({ ada: ["anthropic"] });
  await story.lab.setPolicy(OFFICE);
}, 400_000);
afterAll(() => story.lab.stop(), 60_000);

describe("claws tailnet policy against headscale", () => {
  it("says what is missing, adds it, and then has nothing to say", async () => {
    const { operator } = story;
    const before = await operator.claws([...words, "diff", ...wanted, "--json"]);
    expect(before.code).toBe(4);
    expect(JSON.parse(before.stdout)).toMatchObject({ risks: [] });
    const applied = succeed("apply", await operator.claws([...words, "apply", ...wanted, "--yes"]));
    expect(applied.stdout).toContain('+   "tagOwners": {');
    expect((await operator.claws([...words, "diff", ...wanted])).code).toBe(0);
    const again = succeed("apply", await operator.claws([...words, "apply", ...wanted, "--yes", "--json"]));
    expect(JSON.parse(again.stdout)).toEqual({ applied: false, missing: [], risks: [] });
  });

  it("writes nothing that the control plane refuses", async () => {
    const { operator, lab } = story;
    await lab.setPolicy('{ "grants": [{ "src": ["*"], "dst": ["*"], "ip": ["*"] }] }');
    const refused = await operator.claws([...words, "apply", "--operator", "op@", "--yes"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("claws: hint: nothing was written");
    const after = await operator.claws([...words, "diff", ...wanted, "--json"]);
    expect(JSON.parse(after.stdout)).toMatchObject({
      risks: [
        "a grant lets *, agents too, reach *",
        "a grant lets * connect to every port of tag:agent, also to the control port",
      ],
    });
  });
});
