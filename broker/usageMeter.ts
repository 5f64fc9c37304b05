// SPDX-License-Identifier: Apache-2.0
import { EventData } from "./eventData.ts";
import { JsonNumbers } from "./jsonNumbers.ts";
import type { UsageFormat } from "./provider.ts";

/** Reads the tokens spent out of one answer as it passes. */
export interface UsageMeter {
  push(chunk: Buffer): void;
  /** Tokens of the whole answer; 0 when none were seen. Call once, after the last chunk. */
  end(): number;
}

/** Where a format has its numbers: objects that hold them, the member with the sum, and the members that make it up where it is missing. */
interface UsagePlaces {
  readonly objects: readonly string[];
  readonly total?: string;
  readonly parts: readonly string[];
}

const PLACES: Readonly<Record<Exclude<UsageFormat, "none">, UsagePlaces>> = {
  // A stream tells the input with its first event and the output, as a running total, with its last.
  anthropic: {
    objects: ["usage", "message.usage"],
    parts: ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens"],
  },
  // Chat completions and whole responses; streamed responses; Groq's streams.
  openai: {
    objects: ["usage", "response.usage", "x_groq.usage"],
    total: "total_tokens",
    parts: ["prompt_tokens", "completion_tokens", "input_tokens", "output_tokens"],
  },
  // Without `alt=sse` a stream is one list.
  gemini: {
    objects: ["usageMetadata", "[].usageMetadata"],
    total: "totalTokenCount",
    parts: ["promptTokenCount", "toolUsePromptTokenCount", "candidatesTokenCount", "thoughtsTokenCount"],
  },
};

/** Makes a meter for one answer, be it a document or a stream of events; none for a provider that tells no usage. */
export function createUsageMeter(format: UsageFormat): UsageMeter | undefined {
  return format === "none" ? undefined : new NumberMeter(PLACES[format]);
}

class NumberMeter implements UsageMeter {
  readonly #places: UsagePlaces;
  readonly #fields: ReadonlyMap<string, string>;
  /** The largest value of each field: providers that tell usage more than once tell running totals. */
  readonly #largest = new Map<string, number>();
  readonly #numbers = new JsonNumbers((path, value) => this.#note(path, value));
  #input: JsonNumbers | EventData | undefined;

  constructor(places: UsagePlaces) {
    const { objects, total, parts } = places;
    const names = total === undefined ? parts : [total, ...parts];
    this.#places = places;
    this.#fields = new Map(objects.flatMap((object) => names.map((name) => [`${object}.${name}`, name])));
  }

  push(chunk: Buffer): void {
    this.#input ??= this.#detect(chunk);
    this.#input?.push(chunk);
  }

  end(): number {
    this.#input?.end();
    const { total = "", parts } = this.#places;
    const of = (name: string): number => this.#largest.get(name) ?? 0;
    return of(total) || parts.reduce((sum, name) => sum + of(name), 0);
  }

  /** A document starts with a bracket, a stream of events with anything else; white space alone tells nothing yet. */
  #detect(chunk: Buffer): JsonNumbers | EventData | undefined {
    const first = chunk.find((byte) => byte > 0x20);
    if (first === undefined) return undefined;
    return first === 0x7b || first === 0x5b ? this.#numbers : new EventData(this.#numbers);
  }

  #note(path: string, value: number): void {
    const field = this.#fields.get(path);
    if (field !== undefined) this.#largest.set(field, Math.max(value, this.#largest.get(field) ?? 0));
  }
}
