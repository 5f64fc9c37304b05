// SPDX-License-Identifier: Apache-2.0
// The main job, told as the steps that an owner would take and the checks that a sceptic would make.
import type { Lab } from "../../lab/lab.ts";
import { askAndVerify } from "./ask.ts";
import { type Canary, makeCanary } from "./canaries.ts";
import { hold, succeed } from "./demoFailure.ts";
import { huntCanaries } from "./huntCanaries.ts";
import { expectOutcome, listenAsOperator, openPolicy } from "./isolation.ts";
import type { Narrator } from "./narrator.ts";
import type { Operator } from "./operator.ts";
import { nameOperatorKey } from "./projectFolder.ts";
import { scanDroplets } from "./scanDroplets.ts";
import { fetchStatus, type StatusRow } from "./statusRows.ts";
import type { TailnetPolicy } from "./tailnetPolicy.ts";

/** The two agents of the demo and what each of them uses. */
export const demoAgents = { ada: ["anthropic"], grace: ["openai"] } as const;
/** Name of the demo's stack. */
export const demoStack = "demo";

/** What the story is told with. */
export interface Stage {
  readonly lab: Lab;
  readonly operator: Operator;
  readonly narrator: Narrator;
  readonly policy: TailnetPolicy;
}

const controlPort = 7440;
/** Where the operator's machine listens while the agents try to reach it. */
const operatorPort = 7450;

/** Tells the story. @returns the receipt of the destroy, for the last screen. @throws {DemoFailure} at the first broken promise */
export async function tellStory(stage: Stage): Promise<string> {
  const first = {
    ada: makeCanary("ada", "anthropic", 1),
    grace: makeCanary("grace", "openai", 1),
  };
  const second = makeCanary("ada", "anthropic", 2);
  const canaries = [first.ada, first.grace, second];

  await fillVault(stage, first);
  await bringUp(stage);
  await askBoth(stage, first);
  await proveClosed(stage);
  await rotate(stage, second);
  await proveNoTrace(stage, canaries, { isHeld: true });
  const receipt = await destroyAll(stage);
  await proveNoTrace(stage, canaries, { isHeld: false });
  return receipt;
}

async function fillVault({ operator, narrator }: Stage, keys: Readonly<Record<keyof typeof demoAgents, Canary>>) {
  narrator.section("The owner's vault");
  await narrator.step("claws vault init", async () => {
    succeed("claws vault init", await operator.claws(["vault", "init"]));
    return "age-encrypted, identity in the owner's configuration folder";
  });
  await narrator.step("claws operator show", async () => {
    const ended = succeed("claws operator show", await operator.claws(["operator", "show", "--json"]));
    const { publicKey } = JSON.parse(ended.stdout) as { publicKey: string };
    await nameOperatorKey(operator.project, demoStack, publicKey);
    return "its public half is in the stack's file: agents will take sealed and signed keys only";
  });
  for (const [agent, canary] of Object.entries(keys)) {
    const [provider = ""] = demoAgents[agent as keyof typeof demoAgents];
    await narrator.step(`claws keys set ${provider} --agent ${agent}`, async () => {
      const words = ["keys", "set", provider, "--agent", agent];
      succeed("claws keys set", await operator.claws(words, { input: canary.value }));
      return "key read from standard input";
    });
  }
}

async function bringUp({ operator, narrator }: Stage) {
  narrator.section("Two agents");
  await narrator.step("claws up", async () => {
    const onLine = (line: string) => narrator.progress(line);
    const ended = await operator.claws(["up", "--stack", demoStack], { onLine });
    narrator.log(succeed("claws up", ended).stdout);
    return "droplets made, nodes joined, keys sealed and pushed; policies enforced";
  });
  const { stdout } = succeed("claws status", await operator.claws(["status", "--stack", demoStack]));
  narrator.show(stdout);
}

async function askBoth({ operator, lab, narrator }: Stage, keys: Readonly<Record<string, Canary>>) {
  narrator.section("Each agent answers through its broker");
  const rows = await fetchStatus(operator, demoStack);
  for (const [agent, providers] of Object.entries(demoAgents)) {
    await narrator.step(`ask ${agent}`, async () => {
      const { address } = rowOf(rows, agent);
      const [paidBy, prompt] = [keyOf(keys, agent), `What is the way of ${agent}?`];
      await askAndVerify(operator, lab, { agent, address, provider: providers[0], prompt, paidBy });
      return `answered; ${providers[0]} saw ${agent}'s own key and no other`;
    });
  }
}

async function proveClosed(stage: Stage) {
  const { lab, narrator, operator, policy } = stage;
  narrator.section("Nobody else gets in");
  const rows = await fetchStatus(operator, demoStack);
  const operatorTailnetAddress = await operatorAddress(lab, rows);
  const stopListening = await listenAsOperator(lab, operatorTailnetAddress, operatorPort);
  const targets = [
    { what: "grace's control port", address: rowOf(rows, "grace").address, port: controlPort },
    { what: "the operator", address: operatorTailnetAddress, port: operatorPort },
  ];
  await narrator.step("ada calls grace and the operator under a policy that allows all", async () => {
    await lab.setPolicy(openPolicy);
    await expectOutcome(lab, "ada", { outcome: "connected", targets });
    return "both answer, so the probe can tell";
  });
  await narrator.step("apply the tailnet policy with its tests", async () => {
    await lab.setPolicy(policy.whole);
    return "agent to agent and agent to operator denied, as the control plane itself evaluates it";
  });
  await narrator.step("ada calls grace's control port and the operator", async () => {
    await expectOutcome(lab, "ada", { outcome: "silence", targets });
    return "refused by the tailnet, as root on ada's droplet";
  });
  await stopListening();
  await narrator.step("scan of all 65535 TCP ports of both public addresses", async () => {
    const { scanned, answers } = await scanDroplets(lab);
    hold(answers.length === 0, `ports answered: ${answers.join(", ")}`);
    return `0 answers on ${scanned} ports`;
  });
}

async function rotate({ operator, lab, narrator }: Stage, canary: Canary) {
  narrator.section("One key is rotated");
  const before = rowOf(await fetchStatus(operator, demoStack), "ada");
  await narrator.step("claws keys rotate anthropic --agent ada", async () => {
    const words = ["keys", "rotate", "anthropic", "--agent", "ada", "--stack", demoStack];
    succeed("claws keys rotate", await operator.claws(words, { input: canary.value }));
    return undefined;
  });
  await narrator.step("ask ada again", async () => {
    const prompt = "And after the rotation?";
    await askAndVerify(operator, lab, {
      agent: "ada",
      address: before.address,
      provider: "anthropic",
      prompt,
      paidBy: canary,
    });
    const after = rowOf(await fetchStatus(operator, demoStack), "ada");
    hold(after.bootId === before.bootId, "the daemon was restarted by the rotation");
    return "the very next request used the new key, no restart";
  });
}

async function proveNoTrace(
  { lab, narrator }: Stage,
  canaries: readonly Canary[],
  { isHeld }: { readonly isHeld: boolean },
) {
  await narrator.step("hunt for the pushed keys", async () => {
    const { places, findings, copiesInDaemons } = await huntCanaries({
      lab,
      canaries,
      logs: [narrator.logFile],
      isSealed: true,
    });
    hold(findings.length === 0, `keys were found:\n${findings.join("\n")}`);
    // The same eyes must see them where they are.
    hold(copiesInDaemons > 0 === isHeld, `the daemons' memory holds ${copiesInDaemons} copies of the keys`);
    return `0 found in ${places}, memory included, except in the daemons`;
  });
}

async function destroyAll({ operator, narrator }: Stage): Promise<string> {
  narrator.section("Everything is destroyed");
  let receipt = "";
  await narrator.step("claws destroy", async () => {
    const onLine = (line: string) => narrator.progress(line);
    receipt = succeed(
      "claws destroy",
      await operator.claws(["destroy", "--stack", demoStack, "--yes"], { onLine }),
    ).stdout;
    return undefined;
  });
  return receipt;
}

async function operatorAddress(lab: Lab, rows: readonly StatusRow[]): Promise<string> {
  const agents = new Set(rows.map(({ address }) => address));
  const others = (await lab.devices()).flatMap(({ addresses }) => addresses).filter((address) => !agents.has(address));
  const address = others.find((candidate) => /^100\./.test(candidate));
  hold(address !== undefined, "the operator has no tailnet address");
  return address;
}

function rowOf(rows: readonly StatusRow[], agent: string): StatusRow {
  const row = rows.find(({ name }) => name === agent);
  hold(row !== undefined, `claws status does not know ${agent}`);
  return row;
}

function keyOf(keys: Readonly<Record<string, Canary>>, agent: string): Canary {
  const key = keys[agent];
  hold(key !== undefined, `no key for ${agent}`);
  return key;
}
