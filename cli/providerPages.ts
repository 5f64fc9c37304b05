// SPDX-License-Identifier: Apache-2.0

/** Where the owner revokes a key at the provider. */
export const providerPages: Readonly<Record<string, string>> = {
  anthropic: "https://console.anthropic.com/settings/keys",
  openai: "https://platform.openai.com/api-keys",
};
