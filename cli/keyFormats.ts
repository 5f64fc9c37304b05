// SPDX-License-Identifier: Apache-2.0
import type { Sensitive } from "../protocol/sensitive.ts";
import type { Terminal } from "./terminal.ts";

/** What the keys of one kind look like. */
export interface KeyFormat {
  /** With its article. */
  readonly kind: string;
  readonly pattern: RegExp;
  /** Where such a key is right: IDs of providers, names of credentials. */
  readonly belongs: readonly string[];
  /** Others make keys that look the same: a match says what it may be, and never what it is not. */
  readonly isVague?: true;
}

/**
 * The formats that issuers are known to use. They drift, and new ones come: a match is worth a warning and decides nothing, because
 * the owner names the provider. No match means nothing at all.
 */
export const KEY_FORMATS: readonly KeyFormat[] = [
  {
    kind: "an OpenAI key",
    pattern: /^sk-(?:(?:proj|svcacct|service)-[\w-]{20,}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})$/,
    belongs: ["openai"],
  },
  { kind: "an OpenAI admin key", pattern: /^sk-admin-[\w-]{20,}$/, belongs: [] },
  { kind: "an Anthropic API key", pattern: /^sk-ant-api\d\d-[\w-]{20,}$/, belongs: ["anthropic"] },
  { kind: "an Anthropic admin key", pattern: /^sk-ant-admin\d\d-[\w-]{20,}$/, belongs: [] },
  { kind: "an Anthropic OAuth token", pattern: /^sk-ant-o[ar]t\d\d-[\w-]{20,}$/, belongs: [] },
  { kind: "a Google API key", pattern: /^AIza[\w-]{35}$/, belongs: ["gemini"] },
  { kind: "a Google authorization key", pattern: /^AQ\.[\w.-]{20,}$/, belongs: ["gemini"] },
  { kind: "an OpenRouter key", pattern: /^sk-or-v\d-[0-9a-f]{64}$/, belongs: ["openrouter"] },
  { kind: "a Groq key", pattern: /^gsk_[A-Za-z0-9]{40,}$/, belongs: ["groq"] },
  { kind: "an xAI key", pattern: /^xai-\w{70,}$/, belongs: ["xai"] },
  { kind: "a DeepSeek or Moonshot key", pattern: /^sk-[a-z0-9]{32}$/, belongs: ["deepseek"], isVague: true },
  { kind: "a Perplexity key", pattern: /^pplx-[A-Za-z0-9]{48}$/, belongs: ["perplexity"] },
  { kind: "a Hugging Face token", pattern: /^(?:hf_|api_org_)[A-Za-z]{34}$/, belongs: ["huggingface"] },
  { kind: "a Replicate token", pattern: /^r8_[\w-]{37}$/, belongs: ["replicate"] },
  { kind: "an ElevenLabs key", pattern: /^sk_[0-9a-f]{48}$/, belongs: ["elevenlabs"] },
  { kind: "an older ElevenLabs or an Azure key", pattern: /^[0-9a-f]{32}$/, belongs: ["elevenlabs"], isVague: true },
  { kind: "a Deepgram key", pattern: /^[0-9a-z]{40}$/, belongs: ["deepgram"], isVague: true },
  { kind: "an NVIDIA key", pattern: /^nvapi-[\w-]{64}$/, belongs: ["nvidia"] },
  { kind: "a LangSmith key", pattern: /^lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}$/, belongs: ["langsmith"] },
  {
    kind: "a Langfuse key",
    pattern: /^[ps]k-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    belongs: ["langfuse"],
  },
  { kind: "a Cohere key", pattern: /^[A-Za-z0-9]{40}$/, belongs: ["cohere"], isVague: true },
  { kind: "a Mistral key", pattern: /^[A-Za-z0-9]{32}$/, belongs: ["mistral"], isVague: true },
  { kind: "a Together key", pattern: /^tgp_v1_[\w-]{20,}$/, belongs: ["together"] },
  { kind: "an older Together key", pattern: /^[0-9a-f]{64}$/, belongs: ["together"], isVague: true },
  { kind: "a Cerebras key", pattern: /^csk-[A-Za-z0-9]{20,}$/, belongs: ["cerebras"] },
  { kind: "a Fireworks key", pattern: /^fw_[A-Za-z0-9]{20,}$/, belongs: ["fireworks"] },
  { kind: "a Z.ai key", pattern: /^[0-9a-f]{32}\.[A-Za-z0-9]{16}$/, belongs: ["zai"], isVague: true },
  { kind: "a Tailscale API key", pattern: /^tskey-api-\w+-\w+$/, belongs: ["TAILSCALE_API_KEY"] },
  { kind: "a Tailscale OAuth secret", pattern: /^tskey-client-\w+-\w+$/, belongs: ["TAILSCALE_OAUTH_CLIENT_SECRET"] },
  { kind: "another Tailscale key", pattern: /^tskey-(?!api-|client-)[a-z]+-\w+-\w+$/, belongs: [] },
  { kind: "a DigitalOcean token", pattern: /^do[opr]_v1_[0-9a-f]{64}$/, belongs: ["DIGITALOCEAN_TOKEN"] },
  { kind: "a Pulumi access token", pattern: /^pul-[0-9a-f]{40}$/, belongs: ["PULUMI_ACCESS_TOKEN"] },
  { kind: "an age identity", pattern: /^AGE-SECRET-KEY-(?:PQ-)?1[02-9AC-HJ-NP-Z]{40,}$/i, belongs: [] },
  { kind: "a GitHub token", pattern: /^(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{50,})$/, belongs: [] },
  { kind: "a Slack token", pattern: /^(?:xox[a-z]-|xapp-)[\w-]{10,}$/, belongs: [] },
  { kind: "an AWS access key ID", pattern: /^A(?:KIA|SIA)[A-Z0-9]{16}$/, belongs: ["AWS_ACCESS_KEY_ID"] },
];

/** The kind of key that the value looks like, when it is one that does not belong to this provider or credential. */
export function otherKind(value: Sensitive, place: string): string | undefined {
  const text = value.reveal();
  const matching = KEY_FORMATS.filter(({ pattern }) => pattern.test(text));
  if (matching.some(({ isVague, belongs }) => isVague === true || belongs.includes(place))) return undefined;
  return matching[0]?.kind;
}

/** Says so when the value looks like another issuer's key. It is taken all the same. */
export function warnOfFormat(value: Sensitive, place: string, { notice }: Pick<Terminal, "notice">): void {
  const kind = otherKind(value, place);
  if (kind !== undefined)
    notice(`warning: this looks like ${kind}, not like one for ${place}; it is taken as you named it`);
}
