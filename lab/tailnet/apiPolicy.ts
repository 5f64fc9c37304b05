// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { bodyMembers, type ApiCall, type ApiReply } from "./apiCall.ts";
import { ApiError, errorBody, type ApiErrorData } from "./apiError.ts";
import type { HeadscaleClient } from "./headscaleClient.ts";
import { HeadscaleError } from "./headscaleError.ts";
import { parseHujson } from "./hujson.ts";

/** What a new tailnet has: everybody reaches everything. Posting an empty policy brings it back. */
export const defaultPolicy = `{
\t// The policy of a new tailnet: every node reaches every node.
\t"grants": [{ "src": ["*"], "dst": ["*"], "ip": ["*"] }],
}
`;

/** Matches in If-Match as long as the policy is the default one. */
const defaultTag = '"ts-default"';

/** Reads the policy; JSON when asked for it, else the text as it was posted. */
export async function getPolicy(headscale: HeadscaleClient, call: ApiCall): Promise<ApiReply> {
  return policyReply(await currentPolicy(headscale), call);
}

/** Replaces the policy when If-Match allows it and its tests pass. @throws ApiError 400 or 412. */
export async function setPolicy(headscale: HeadscaleClient, call: ApiCall): Promise<ApiReply> {
  const current = await currentPolicy(headscale);
  const expected = call.headers["if-match"];
  const matching = [etag(current), ...(current === defaultPolicy ? [defaultTag] : [])];
  if (expected !== undefined && !matching.includes(quoted(expected))) {
    throw new ApiError(412, "precondition failed, invalid old hash");
  }
  const text = call.body.trim() === "" ? defaultPolicy : call.body;
  parsePolicy(text);
  await headscale.setPolicy(text).catch(rethrowRefusal);
  return policyReply(text, call);
}

/**
 * Checks a policy, or a list of tests against the current policy, and keeps nothing. A failure is a 200 with a message, as
 * Tailscale answers it.
 */
export async function validatePolicy(headscale: HeadscaleClient, call: ApiCall): Promise<ApiReply> {
  try {
    const policy = parseAny(call.body);
    if (!Array.isArray(policy)) parsePolicy(call.body);
    const text = Array.isArray(policy)
      ? JSON.stringify({ ...parsePolicy(await currentPolicy(headscale)), tests: policy as unknown[] })
      : call.body;
    await headscale.checkPolicy(text).catch(rethrowRefusal);
    return { status: 200, json: {} };
  } catch (error) {
    if (error instanceof ApiError && error.status === 400) return { status: 200, json: errorBody(error) };
    throw error;
  }
}

/** The owners of each tag in the current policy. */
export async function tagOwners(headscale: HeadscaleClient): Promise<ReadonlyMap<string, readonly string[]>> {
  const owners = parsePolicy(await currentPolicy(headscale))["tagOwners"] ?? {};
  const entries = Object.entries(owners as Readonly<Record<string, unknown>>);
  return new Map(entries.map(([tag, list]) => [tag, Array.isArray(list) ? list.map(String) : []]));
}

async function currentPolicy(headscale: HeadscaleClient): Promise<string> {
  const text = await headscale.fetchPolicy();
  return text === "" ? defaultPolicy : text;
}

function policyReply(text: string, call: ApiCall): ApiReply {
  const headers = { etag: etag(text) };
  const wantsJson = (call.headers["accept"] ?? "").includes("application/json");
  if (wantsJson) return { status: 200, headers, json: parsePolicy(text) };
  return { status: 200, headers: { ...headers, "content-type": "application/hujson" }, text };
}

function etag(text: string): string {
  return quoted(createHash("sha256").update(text).digest("hex"));
}

function quoted(tag: string): string {
  return `"${tag.trim().replaceAll('"', "")}"`;
}

function parseAny(text: string): unknown {
  try {
    return parseHujson(text);
  } catch (cause) {
    throw new ApiError(400, `error parsing policy: ${cause instanceof Error ? cause.message : "not JSON"}`);
  }
}

function parsePolicy(text: string): Readonly<Record<string, unknown>> {
  return bodyMembers(JSON.stringify(parseAny(text)));
}

/** headscale answers a text it cannot read with 500 and failed tests with 400; both are the sender's fault. */
function rethrowRefusal(cause: unknown): never {
  if (cause instanceof HeadscaleError && (cause.status === 400 || cause.reason.startsWith("setting policy"))) {
    const [message = "", ...failures] = cause.reason.replace(/^setting policy: /, "").split("\n");
    throw new ApiError(400, message.replace(/:$/, ""), groupFailures(failures));
  }
  throw cause;
}

/** Each line is `SOURCE -> DESTINATION: what happened` or `SOURCE: what is wrong`; Tailscale lists them by source. */
function groupFailures(lines: readonly string[]): readonly ApiErrorData[] {
  const bySource = new Map<string, string[]>();
  for (const line of lines) {
    const [, source = "", error = line] = /^(\S+?):? (?:-> )?(.*)$/s.exec(line) ?? [];
    bySource.set(source, [...(bySource.get(source) ?? []), error]);
  }
  return [...bySource].map(([user, errors]) => ({ user, errors }));
}
