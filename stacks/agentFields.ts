// SPDX-License-Identifier: Apache-2.0
import { defaultSize } from "../components/defaultSize.ts";
import { egressForm, parseEgress } from "../components/egress.ts";
import { isTailnetEndpoint, tailnetEndpointForm } from "../components/tailnetEndpoint.ts";
import { checked, type FieldParsers, listOf, oneOf, positiveNumber, text, trueOrFalse } from "./fields.ts";

/** What may stand in an agent's entry; without `name`, also in `defaults`. */
export interface AgentFields {
  readonly name: string;
  readonly image: string;
  readonly region: string;
  readonly size: string;
  readonly runtime: "openclaw" | "hello";
  readonly providers: readonly string[];
  readonly ttlHours: number;
  readonly tags: readonly string[];
  readonly egress: readonly string[];
  readonly broker: string;
  readonly ssh: boolean;
}

const dnsLabel = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const tenYearsInHours = 87_600;

/** A stack of many providers could not be read at a glance; first boot takes no more. */
const mostProviders = 24;
const mostEgress = 64;

/** A parser for each field; `providers` are the IDs that an agent may name. */
export function agentParsers(providers: readonly string[]): FieldParsers<AgentFields> {
  return {
    name: text(dnsLabel, 'a DNS label (a lower-case letter, then letters, digits and "-", at most 63)'),
    image: text(/^[1-9]\d{0,18}$/, 'the numeric ID of a snapshot as text, such as "146288445"'),
    region: text(/^[a-z]{3}\d$/, 'a region slug such as "nyc3"'),
    size: text(/^[a-z0-9][a-z0-9.-]+$/, 'a size slug such as "s-1vcpu-1gb"'),
    runtime: oneOf(["openclaw", "hello"]),
    providers: listOf(oneOf(providers), { atLeast: 1, atMost: mostProviders }),
    ttlHours: positiveNumber(tenYearsInHours),
    tags: listOf(text(/^[a-zA-Z0-9:_-]{1,255}$/, 'a DigitalOcean tag (letters, digits, ":", "_" and "-")')),
    egress: listOf(
      checked((value) => parseEgress(value) !== undefined, egressForm),
      { atMost: mostEgress },
    ),
    broker: checked(isTailnetEndpoint, tailnetEndpointForm),
    ssh: trueOrFalse,
  };
}

/** The fields of an agent, built-in defaults where neither its entry nor the stack's defaults say anything. */
export function withDefaults(fields: Partial<AgentFields>) {
  const { name = "", image = "", region = "nyc3", runtime = "openclaw" } = fields;
  const { size = defaultSize(runtime), providers = ["anthropic"], ttlHours = null, tags = [] } = fields;
  const { egress = [], broker = null, ssh = null } = fields;
  return { name, image, region, size, runtime, providers, ttlHours, tags, egress, broker, ssh };
}
