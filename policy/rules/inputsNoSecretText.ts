// SPDX-License-Identifier: Apache-2.0
import { type ResourceValidationPolicy, UnknownValueError } from "@pulumi/policy";

import { findSecretText } from "../secretText.ts";

const dropletType = "digitalocean:index/droplet:Droplet";

/** Inputs rest in the stack's state and user-data can be read on the droplet: no key belongs in either. */
export const inputsNoSecretText: ResourceValidationPolicy = {
  name: "inputs-no-secret-text",
  description: "Checks that no input of a resource holds text in the form of a provider key or another credential.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Take the key out of the program and the configuration, and push it with `claws keys push`.",
  validateResource: async ({ type, props }, report) => {
    const unknowns: unknown[] = [];
    for await (const { path, text } of eachText(props, "", unknowns)) {
      for (const { kind, count } of findSecretText(text)) {
        // The first boot needs exactly one key, and it is spent by it.
        if (type === dropletType && path === "userData" && kind === "Tailscale auth key" && count === 1) continue;
        report(`The input "${path}" must hold no secret, but it holds what looks like a credential (${kind}).`);
      }
    }
    // What a preview does not know yet was not checked: say so after reporting all that is known.
    const [unknown] = unknowns;
    if (unknown instanceof Error) throw unknown;
  },
};

interface InputText {
  readonly path: string;
  readonly text: string;
}

/** Every text among the inputs, names of map members included. Values unknown in a preview go to `unknowns`. */
async function* eachText(value: unknown, path: string, unknowns: unknown[]): AsyncGenerator<InputText> {
  if (typeof value === "string") yield { path, text: value };
  // What assets and archives hold. The runtime's wrapper around each value is no promise that can be awaited.
  if (value instanceof Promise) {
    const promise: unknown = Reflect.get(value, "__getSpecialProxyTarget") ?? value;
    yield* eachText(await promise, path, unknowns);
  }
  if (typeof value !== "object" || value === null) return;
  for (const name of Object.keys(value)) {
    const inner = path === "" ? name : `${path}.${name}`;
    yield { path: inner, text: name };
    try {
      yield* eachText(Reflect.get(value, name), inner, unknowns);
    } catch (error) {
      if (!(error instanceof UnknownValueError)) throw error;
      unknowns.push(error);
    }
  }
}
