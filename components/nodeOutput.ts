// SPDX-License-Identifier: Apache-2.0

/** What the node step prints and the state of its Command keeps. */
export interface NodeOutput {
  readonly nodeId: string;
  readonly nodeName: string;
}

/** @throws {Error} if the step printed anything but one node. */
export function parseStepOutput(stdout: string): NodeOutput {
  const value: unknown = JSON.parse(stdout);
  if (typeof value === "object" && value !== null && "nodeId" in value && "nodeName" in value) {
    const { nodeId, nodeName } = value;
    if (typeof nodeId === "string" && nodeId !== "" && typeof nodeName === "string") return { nodeId, nodeName };
  }
  throw new Error("the node step printed no node");
}
