// SPDX-License-Identifier: Apache-2.0
import { isIP } from "node:net";
import { PROVIDER_IDS } from "./constants.ts";
import { ParseError } from "./parseError.ts";
import { optional, readList, readObject, readOneOf, readText, type Reader } from "./shape.ts";

/** A model provider that the owner's configuration adds to the broker's table. */
export interface CustomProvider {
  /** First segment of the broker's paths and name for `providers`; none of the table's. At most 31 characters. */
  readonly id: string;
  /** `https://` and a DNS name with a dot in it: no address, no port, no path. */
  readonly origin: string;
  /** Header (lower case) that takes the key, and the text before the key: empty, or a scheme and a space. */
  readonly auth: { readonly header: string; readonly prefix: string };
  /** 1 to 64 lines like `POST /v1/chat/completions`. A segment `*` stands for one segment, `*:word` for one that ends in `:word`. */
  readonly endpoints: readonly string[];
  /** How its answers tell the tokens spent. `none` by default: bytes are counted in their stead. */
  readonly usage?: "anthropic" | "openai" | "gemini" | "none";
}

/** Most custom providers of one agent. */
export const MAX_CUSTOM_PROVIDERS = 16;

const MAX_ENDPOINTS = 64;
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const ORIGIN = new RegExp(`^https://((?:${LABEL}\\.)+${LABEL})$`);
const SEGMENT = "(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*|\\*(?::[A-Za-z][A-Za-z0-9]*)?)";
// The first segment is fixed: a list of stars only would allow whatever the provider has.
const ENDPOINT = new RegExp(`^(?:GET|POST) /[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/${SEGMENT})*$`);

const readId: Reader<string> = (value, path) => {
  const id = readText(31, /^[a-z][a-z0-9-]*$/, "lower-case letters, digits and hyphens after a letter")(value, path);
  if (!PROVIDER_IDS.includes(id)) return id;
  throw new ParseError(path, "must not be the ID of a provider that is built in");
};

const readOrigin: Reader<string> = (value, path) => {
  const rule = "https:// and a DNS name like https://api.example.com, without port and path";
  const origin = readText(253, ORIGIN, rule)(value, path);
  const name = origin.slice("https://".length);
  // What a URL parser would read as a number is an address, also as `0x7f.1`.
  if (isIP(name) === 0 && !/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(name) && URL.canParse(origin)) return origin;
  throw new ParseError(path, `must be ${rule}`);
};

const readHeader: Reader<string> = (value, path) => {
  const header = readText(60, /^[a-z0-9]+(?:-[a-z0-9]+)*$/, "a header's name in lower case")(value, path);
  const known = ["authorization", "api-key", "apikey"].includes(header);
  const isOwn = header.startsWith("x-") && /(?:^|-)(?:api-?key|key|token|auth|secret)(?:-|$)/.test(header);
  if (known || (isOwn && !/^x-(?:forwarded|claws)-/.test(header))) return header;
  throw new ParseError(path, "must be authorization, api-key, apikey or an x- header with key, token, auth or secret");
};

const readEndpoints: Reader<readonly string[]> = (value, path) => {
  const rule = "a method (GET or POST) and a path like /v1/models/* that starts with a fixed segment";
  const endpoints = readList(readText(200, ENDPOINT, rule), MAX_ENDPOINTS)(value, path);
  if (endpoints.length > 0 && new Set(endpoints).size === endpoints.length) return endpoints;
  throw new ParseError(path, "must name at least one endpoint and none twice");
};

/** Reads one custom provider. */
export const readCustomProvider: Reader<CustomProvider> = readObject<CustomProvider>({
  id: readId,
  origin: readOrigin,
  auth: readObject({
    header: readHeader,
    prefix: readText(17, /^(?:[A-Za-z][A-Za-z0-9_-]{0,15} )?$/, "empty, or a scheme with a space after it"),
  }),
  endpoints: readEndpoints,
  usage: optional(readOneOf(["anthropic", "openai", "gemini", "none"])),
});

/** Reads an agent's custom providers: at most 16, no ID twice. They nest four levels deep. */
export const readCustomProviders: Reader<readonly CustomProvider[]> = (value, path) => {
  const customs = readList(readCustomProvider, MAX_CUSTOM_PROVIDERS)(value, path);
  if (new Set(customs.map(({ id }) => id)).size === customs.length) return customs;
  throw new ParseError(path, "must not name a provider twice");
};
