// SPDX-License-Identifier: Apache-2.0
import type { Lab } from "../../lab/lab.ts";
import type { CommandResult } from "../../lab/network/command.ts";
import { finishCommand } from "../../lab/network/command.ts";
import { eventually } from "./eventually.ts";

const callScript = `
const [method, path, body] = process.argv.slice(1);
const headers = { authorization: "Bearer " + process.env.DIGITALOCEAN_TOKEN, "content-type": "application/json" };
fetch(process.env.DIGITALOCEAN_API_URL + "/v2" + path, { method, headers, body: body === "null" ? undefined : body })
  .then((response) => response.text()).then((text) => console.log(text || "null"));`;

/** Runs a command with the operator's environment. */
export function runIn(lab: Lab, argv: readonly string[]): Promise<CommandResult> {
  return finishCommand(argv, { environment: lab.environment });
}

/** Calls the emulated DigitalOcean from the operator's machine. */
export async function callCloud(lab: Lab, method: string, resource: string, body?: unknown): Promise<unknown> {
  const args = [method, resource, JSON.stringify(body ?? null)];
  const { stdout, stderr } = await runIn(lab, lab.operator([process.execPath, "-e", callScript, ...args]));
  if (stderr !== "") throw new Error(stderr);
  return JSON.parse(stdout) as unknown;
}

/** Creates a droplet with user data and waits until it is active. */
export async function createDroplet(lab: Lab, name: string): Promise<number> {
  const image = Number(lab.imageId);
  const wanted = { name, region: "nyc3", size: "s-1vcpu-1gb", image, user_data: `data of ${name}` };
  const { droplet } = (await callCloud(lab, "POST", "/droplets", wanted)) as { droplet: { id: number } };
  const isActive = (answer: unknown): boolean => JSON.stringify(answer).includes('"status":"active"');
  await eventually(() => callCloud(lab, "GET", `/droplets/${droplet.id}`), isActive, 60_000);
  return droplet.id;
}
