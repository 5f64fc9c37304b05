// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { createUsageMeter } from "../../broker/usageMeter.ts";
import type { UsageFormat } from "../../broker/provider.ts";

function event(data: unknown, name?: string): string {
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
}

const ANTHROPIC_USAGE = { input_tokens: 25, cache_creation_input_tokens: 3, cache_read_input_tokens: 2000 };
const ANTHROPIC_STREAM = [
  event(
    { type: "message_start", message: { id: "msg_1", usage: { ...ANTHROPIC_USAGE, output_tokens: 1 } } },
    "message_start",
  ),
  event({ type: "content_block_delta", delta: { type: "text_delta", text: '"usage":{"output_tokens":999}' } }, "x"),
  event({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 15 } }, "message_delta"),
  event({ type: "message_stop" }, "message_stop"),
].join("");
const CHAT_USAGE = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21, prompt_tokens_details: { x: 7 } };
const CHAT_STREAM = [
  event({ id: "c", choices: [{ index: 0, delta: { content: "Hé" } }], usage: null }),
  event({ id: "c", choices: [], usage: CHAT_USAGE }),
  "data: [DONE]\n\n",
].join("");
const RESPONSE_USAGE = { input_tokens: 30, output_tokens: 12, total_tokens: 42 };
const GEMINI_USAGE = { promptTokenCount: 4, candidatesTokenCount: 6, thoughtsTokenCount: 5, totalTokenCount: 15 };

const ANSWERS: readonly (readonly [string, UsageFormat, string, number])[] = [
  [
    "an Anthropic message",
    "anthropic",
    JSON.stringify({ content: [], usage: { ...ANTHROPIC_USAGE, output_tokens: 15 } }),
    2043,
  ],
  ["an Anthropic stream", "anthropic", ANTHROPIC_STREAM, 2043],
  ["a chat completion", "openai", JSON.stringify({ choices: [{ usage: { total_tokens: 7 } }], usage: CHAT_USAGE }), 21],
  ["a chat stream that was asked for its usage", "openai", CHAT_STREAM, 21],
  [
    "a chat stream with CRLF, a comment and no space after the colon",
    "openai",
    `: OPENROUTER PROCESSING\r\n\r\n${CHAT_STREAM.replaceAll("\n", "\r\n").replaceAll("data: ", "data:")}`,
    21,
  ],
  ["a chat stream with lone CRs", "openai", CHAT_STREAM.replaceAll("\n", "\r"), 21],
  [
    "a chat stream that tells its usage again and again",
    "openai",
    [5, 9, 14].map((total) => event({ usage: { total_tokens: total } })).join(""),
    14,
  ],
  ["a chat stream of Groq's", "openai", event({ choices: [], x_groq: { id: "r", usage: CHAT_USAGE } }), 21],
  ["a response", "openai", JSON.stringify({ id: "resp_1", output: [], usage: RESPONSE_USAGE }), 42],
  [
    "a response's stream",
    "openai",
    event({ type: "response.completed", response: { output: [], usage: RESPONSE_USAGE } }, "response.completed"),
    42,
  ],
  [
    "a list of embeddings",
    "openai",
    JSON.stringify({
      data: [{ embedding: Array.from({ length: 300 }, () => -0.5e-3) }],
      usage: { prompt_tokens: 8, total_tokens: 8 },
    }),
    8,
  ],
  ["usage without a total", "openai", JSON.stringify({ usage: { prompt_tokens: 8, completion_tokens: 2 } }), 10],
  ["a Gemini answer", "gemini", JSON.stringify({ candidates: [], usageMetadata: GEMINI_USAGE }), 15],
  [
    "a Gemini list",
    "gemini",
    JSON.stringify([{ usageMetadata: { totalTokenCount: 9 } }, { usageMetadata: GEMINI_USAGE }]),
    15,
  ],
  [
    "a Gemini stream",
    "gemini",
    event({ usageMetadata: { promptTokenCount: 4 } }) + event({ usageMetadata: GEMINI_USAGE }),
    15,
  ],
  ["an event whose data has several lines", "openai", 'data: {"usage":\ndata: {"total_tokens":\ndata: 12}}\n\n', 12],
  ["a document after white space", "openai", '\r\n  {"usage":{"total_tokens":12}}', 12],
  ["a document with white space everywhere", "openai", JSON.stringify({ usage: CHAT_USAGE }, null, 4), 21],
  ["a stream that ends without its last empty line", "openai", 'data: {"usage":{"total_tokens":12}}', 12],
];

function measure(format: UsageFormat, chunks: readonly Buffer[]): number | undefined {
  const meter = createUsageMeter(format);
  for (const chunk of chunks) meter?.push(chunk);
  return meter?.end();
}

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((left, right) => left - right);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

describe("a usage meter", () => {
  it.each(ANSWERS)("reads %s", (_name, format, text, tokens) => {
    expect(measure(format, [Buffer.from(text)])).toBe(tokens);
  });

  it.each(ANSWERS)("reads %s in pieces of any size", (_name, format, text, tokens) => {
    const bytes = Buffer.from(text);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), (places) => {
        expect(measure(format, cut(bytes, places))).toBe(tokens);
      }),
      { numRuns: 60 },
    );
    expect(
      measure(
        format,
        [...bytes].map((byte) => Buffer.of(byte)),
      ),
    ).toBe(tokens);
  });

  it.each<[string, UsageFormat, string]>([
    ["a chat stream that was not asked for its usage", "openai", event({ choices: [{ delta: { content: "a" } }] })],
    [
      "usage in the model's own words",
      "anthropic",
      JSON.stringify({ content: [{ text: '{"usage":{"output_tokens":9}}' }] }),
    ],
    ["usage in a tool's input", "anthropic", JSON.stringify({ content: [{ input: { usage: { output_tokens: 9 } } }] })],
    ["usage below another member", "openai", JSON.stringify({ metadata: { usage: { total_tokens: 9 } } })],
    ["usage in a list", "openai", JSON.stringify([{ usage: { total_tokens: 9 } }])],
    ["a name with an escape", "openai", '{"us\\u0061ge":{"total_tokens":9}}'],
    ["a negative number", "openai", '{"usage":{"total_tokens":-9}}'],
    ["a fraction", "openai", '{"usage":{"total_tokens":9.5}}'],
    ["a number beyond what is exact", "openai", '{"usage":{"total_tokens":99999999999999999999}}'],
    ["a text in a number's place", "openai", '{"usage":{"total_tokens":"9"}}'],
    [
      "another field of an event",
      "openai",
      'xdata: {"usage":{"total_tokens":9}}\n\nid: {"usage":{"total_tokens":9}}\n\n',
    ],
    ["a field that only begins as data", "openai", 'data {"usage":{"total_tokens":9}}\n\n'],
    ["halves of an event that are two", "openai", 'data: {"usage":\n\ndata: {"total_tokens":9}}\n\n'],
    ["white space", "openai", " \r\n\t "],
    ["nothing", "gemini", ""],
  ])("sees nothing in %s", (_name, format, text) => {
    expect(measure(format, [Buffer.from(text)])).toBe(0);
  });

  it("finds the same in any document as a whole parser does", () => {
    const number = fc.nat({ max: 1_000_000 });
    const noise = fc.jsonValue({ maxDepth: 6 });
    const part = fc.option(number, { nil: undefined });
    const usage = fc.record({ prompt_tokens: part, completion_tokens: part, total_tokens: part, details: noise });
    fc.assert(
      fc.property(
        fc.record({ before: noise, usage, after: noise }),
        fc.array(fc.nat(), { maxLength: 9 }),
        (value, places) => {
          const text = JSON.stringify(value, undefined, places.length % 3);
          const { total_tokens: total, prompt_tokens: input = 0, completion_tokens: output = 0 } = value.usage;
          expect(measure("openai", cut(Buffer.from(text), places))).toBe((total ?? 0) || input + output);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("survives bytes that are nothing at all", () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 50 }),
      fc.constantFrom(
        ...['{"usage":', "}", "]", '"', "\\", "data: ", "\n\n", "9", ":", ","].map((one) => Buffer.from(one)),
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom<UsageFormat>("anthropic", "openai", "gemini"), fc.array(piece), (format, pieces) => {
        const tokens = measure(
          format,
          pieces.map((one) => Buffer.from(one)),
        );
        expect(Number.isSafeInteger(tokens) && Number(tokens) >= 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("holds next to nothing of an answer of 8 MiB in one line, and reads the number after it", () => {
    const meter = createUsageMeter("openai");
    const chunk = Buffer.alloc(1024 * 1024, '["x\\"y",');
    meter?.push(Buffer.from('data: {"output":'));
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < 8; index += 1) meter?.push(chunk);
    const grown = process.memoryUsage().heapUsed - before;
    meter?.push(Buffer.from(`\n\ndata: {"usage":{"total_tokens":5}}\n\n`));

    expect(meter?.end()).toBe(5);
    expect(grown).toBeLessThan(4 * 1024 * 1024);
  });

  it("is not made for a provider that tells no usage", () => {
    expect(createUsageMeter("none")).toBeUndefined();
  });
});
