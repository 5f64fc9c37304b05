// SPDX-License-Identifier: Apache-2.0

/** Text in the form of a known credential. */
export interface SecretText {
  /** What it looks like, for example `OpenAI key`. */
  readonly kind: string;
  readonly count: number;
}

/** Forms of credentials. They have no prefix in common, and formats drift: a rule of this kind is a net, not a proof. */
const forms: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ["Anthropic key", /sk-ant-[a-z0-9]{3,8}-[\w-]{20,}/g],
  ["OpenRouter key", /sk-or-v1-[0-9a-f]{32,}/g],
  ["OpenAI key", /sk-(?!ant-|or-)(?:(?:proj|svcacct|service|admin)-[\w-]{20,}|[A-Za-z0-9]{20,})/g],
  ["Google key", /AIza[\w-]{35}|\bAQ\.[\w-]{20,}/g],
  ["Groq key", /gsk_[A-Za-z0-9]{40,}/g],
  ["xAI key", /xai-[0-9A-Za-z_]{40,}/g],
  ["Perplexity key", /pplx-[A-Za-z0-9]{40,}/g],
  ["Hugging Face token", /(?:hf|api_org)_[A-Za-z]{30,}/g],
  ["Replicate token", /r8_[\w-]{37}/g],
  ["ElevenLabs key", /\bsk_[0-9a-f]{48}/g],
  ["NVIDIA key", /nvapi-[\w-]{60,}/g],
  ["Tailscale auth key", /(?:tskey|hskey)-auth-[\w-]{8,}/g],
  ["Tailscale credential", /tskey-(?!auth-)[a-z]+-[\w-]{8,}/g],
  ["DigitalOcean token", /do[opr]_v1_[0-9a-f]{64}/g],
  ["Pulumi token", /pul-[0-9a-f]{40}/g],
  ["GitHub token", /gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{50,}/g],
  ["Slack token", /xox[abposr]-[\w-]{10,}|xapp-[\w-]{10,}/g],
  ["AWS access key", /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g],
  ["age identity", /AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{50,}/g],
  ["private key", /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/g],
];

/** Finds credentials in a text and in what its Base64 runs decode to. */
export function findSecretText(text: string): SecretText[] {
  const layers = [text, ...decodedRuns(text)];
  return forms.flatMap(([kind, pattern]) => {
    const found = new Set(layers.flatMap((layer) => layer.match(pattern) ?? []));
    const count = Math.max(found.size, ...layers.map((layer) => layer.match(pattern)?.length ?? 0));
    return count === 0 ? [] : [{ kind, count }];
  });
}

/** User-data is often Base64, and a key inside would pass unseen. One layer is undone; the net has this mesh size. */
function decodedRuns(text: string): string[] {
  const runs = text.match(/[A-Za-z0-9+/_-]{24,}={0,2}/g) ?? [];
  return runs.map((run) => Buffer.from(run, "base64").toString("latin1"));
}
