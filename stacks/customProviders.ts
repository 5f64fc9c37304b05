// SPDX-License-Identifier: Apache-2.0
import { isIP } from "node:net";

import type { CustomProvider } from "../components/index.ts";
import { describe, type FieldParser, type FieldParsers, listOf, oneOf, readFields, text } from "./fields.ts";

/** IDs of the providers that the broker knows without a description. */
export const knownProviders: readonly string[] = [
  ...["anthropic", "openai", "gemini", "openrouter", "xai", "groq", "deepseek", "mistral"],
];

const mostProviders = 16;
const mostEndpoints = 64;
const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const segment = "(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*|\\*(?::[A-Za-z][A-Za-z0-9]*)?)";
/** The first segment is fixed: a list of stars only would allow whatever the provider has. */
const endpoint = new RegExp(`^(?=.{1,200}$)(?:GET|POST) /[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/${segment})*$`);
const headerRule =
  "authorization, api-key, apikey or an x- header with key, token, auth or secret in it, in lower case";

const authParsers: FieldParsers<CustomProvider["auth"]> = {
  header: (value) =>
    typeof value === "string" && isKeyHeader(value)
      ? { value }
      : { problem: `must be ${headerRule}, not ${describe(value)}` },
  prefix: text(/^(?:[A-Za-z][A-Za-z0-9_-]{0,15} )?$/, 'empty, or a scheme with a space after it such as "Bearer "'),
};

const parsers: FieldParsers<Omit<CustomProvider, "auth"> & { readonly auth: unknown }> = {
  id: parseId,
  origin: parseOrigin,
  // Its own fields are read with paths of their own.
  auth: (value) => ({ value }),
  endpoints: listOf(text(endpoint, 'a method and a path such as "POST /v1/chat/completions"'), {
    atLeast: 1,
    atMost: mostEndpoints,
  }),
  usage: oneOf(["anthropic", "openai", "gemini", "none"]),
};

/** Reads the list `customProviders`; what is wrong goes to `problems`, each line with its path. */
export function readCustomProviders(value: unknown, problems: string[]): readonly CustomProvider[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.push(`customProviders: must be a list, not ${describe(value)}`);
    return [];
  }
  if (value.length > mostProviders) problems.push(`customProviders: must have at most ${mostProviders} elements`);
  const ids = new Set<string>();
  return value.flatMap((entry: unknown, index) => {
    const path = `customProviders[${index}]`;
    const provider = readProvider(entry, path, problems);
    if (provider === undefined) return [];
    if (ids.has(provider.id)) problems.push(`${path}.id: "${provider.id}" is another provider's ID already`);
    ids.add(provider.id);
    return [provider];
  });
}

/** IDs in the list, those of malformed entries too: what is wrong with an entry is not wrong with each agent that names it. */
export function customIds(value: unknown): readonly string[] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [];
  return entries.flatMap((entry) =>
    typeof entry === "object" && entry !== null && "id" in entry && typeof entry.id === "string" ? [entry.id] : [],
  );
}

function readProvider(entry: unknown, path: string, problems: string[]): CustomProvider | undefined {
  const before = problems.length;
  const { id, origin, auth, endpoints, usage } = readFields(entry, path, { parsers, problems });
  const { header, prefix } =
    auth === undefined ? {} : readFields(auth, `${path}.auth`, { parsers: authParsers, problems });
  if (problems.length > before) return undefined;
  const needed = {
    id,
    origin,
    auth,
    endpoints,
    ...(auth === undefined ? {} : { "auth.header": header, "auth.prefix": prefix }),
  };
  const missing = Object.entries(needed).filter(([, given]) => given === undefined);
  problems.push(...missing.map(([name]) => `${path}.${name}: is required`));
  if (id === undefined || origin === undefined || header === undefined || prefix === undefined) return undefined;
  if (endpoints === undefined) return undefined;
  return { id, origin, auth: { header, prefix }, endpoints, ...(usage === undefined ? {} : { usage }) };
}

function parseId(value: unknown): ReturnType<FieldParser<string>> {
  const rule = "lower-case letters, digits and hyphens after a letter, at most 31";
  const parsed = text(/^[a-z](?:[a-z0-9-]{0,29}[a-z0-9])?$/, rule)(value);
  if ("value" in parsed && knownProviders.includes(parsed.value))
    return { problem: `must not be the ID of a provider that is built in, as ${describe(value)} is` };
  return parsed;
}

function parseOrigin(value: unknown): ReturnType<FieldParser<string>> {
  const rule = "https:// and a DNS name such as https://api.example.com, without port and path";
  const parsed = text(new RegExp(`^(?=.{1,253}$)https://(?:${label}\\.)+${label}$`), rule)(value);
  if ("problem" in parsed) return parsed;
  const name = parsed.value.slice("https://".length);
  // What a URL parser reads as a number is an address, also when it is written as 0x7f.1.
  const isName = isIP(name) === 0 && !/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(name) && URL.canParse(parsed.value);
  return isName ? parsed : { problem: `must be ${rule}, not ${describe(value)}` };
}

/** A header that carries keys: any other could change what a request means, or whom it seems to come from. */
function isKeyHeader(header: string): boolean {
  if (header.length > 60 || !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(header)) return false;
  if (["authorization", "api-key", "apikey"].includes(header)) return true;
  return /^x-(?!forwarded-|claws-)/.test(header) && /(?:^|-)(?:api-?key|key|token|auth|secret)(?:-|$)/.test(header);
}
