// SPDX-License-Identifier: Apache-2.0
import type { KeyLoan, LendRefusal } from "../../../broker/keySource.ts";
import { Spending } from "../../../broker/spending.ts";
import { VaultKeys } from "../../../cli/remoteBroker/vaultKeys.ts";
import type { VaultKey } from "../../../cli/vaultDocument.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";

const noon = new Date("2026-11-23T12:00:00.000Z");
const DAY = 24 * 60 * 60 * 1000;
/** Milliseconds on the clock that nobody can set. */
let elapsed = 0;
beforeEach(() => (elapsed = 0));

function key(more: Partial<VaultKey> = {}): VaultKey {
  return {
    ...{ name: "anthropic", provider: "anthropic", agent: "ada", version: 3, created: noon.toISOString() },
    ...{ value: Sensitive.from("sk-of-ada"), notAfter: null },
    ...more,
  };
}

function keysOf(agent: string, current: () => readonly VaultKey[], spending = new Spending(() => noon)): VaultKeys {
  return new VaultKeys({ agent, current, spending, now: () => noon, monotonic: () => elapsed });
}

function loanOf(lent: KeyLoan | LendRefusal): KeyLoan {
  if (typeof lent === "string") throw new Error(`no loan: ${lent}`);
  return lent;
}

describe("the keys of one agent in the vault", () => {
  it("are lent as copies that are wiped when they come back", () => {
    const held = key();
    const loan = loanOf(keysOf("ada", () => [held]).lend("anthropic"));
    const { secret } = loan;
    expect({ version: loan.version, counts: loan.countsTokens, value: secret.reveal() }).toEqual({
      ...{ version: 3, counts: false, value: "sk-of-ada" },
    });
    loan.release({ tokens: 0 });
    expect(secret.reveal()).toBe("\0".repeat(9));
    expect(held.value.reveal()).toBe("sk-of-ada");
  });

  it("are never another agent's", () => {
    const vault = [key({ agent: "grace", value: Sensitive.from("sk-of-grace") })];
    expect(keysOf("ada", () => vault).lend("anthropic")).toBe("sealed");
  });

  it("are missing for a provider without one", () => {
    expect(keysOf("ada", () => [key()]).lend("openai")).toBe("sealed");
  });

  it("are lent until their notAfter and not from then on", () => {
    const until = (notAfter: string) => keysOf("ada", () => [key({ notAfter })]).lend("anthropic");
    expect(until("2026-11-23T12:00:00.000Z")).toBe("key-expired");
    expect(loanOf(until("2026-11-23T12:00:00.001Z")).version).toBe(3);
  });

  it("are lent for 30 days from the first loan when nobody said until when, whatever the clock on the wall says", () => {
    const keys = keysOf("ada", () => [key()]);
    expect(loanOf(keys.lend("anthropic")).version).toBe(3);
    elapsed = 30 * DAY - 1;
    expect(loanOf(keys.lend("anthropic")).version).toBe(3);
    elapsed = 30 * DAY;
    expect(keys.lend("anthropic")).toBe("key-expired");
  });

  it("are lent again when a new version has come", () => {
    let vault = [key()];
    const keys = keysOf("ada", () => vault);
    loanOf(keys.lend("anthropic"));
    elapsed = 31 * DAY;
    vault = [key({ version: 4 })];
    expect(loanOf(keys.lend("anthropic")).version).toBe(4);
  });

  it("are lent in the version that the vault has now", () => {
    let vault = [key()];
    const keys = keysOf("ada", () => vault);
    vault = [key({ version: 4 })];
    expect(loanOf(keys.lend("anthropic")).version).toBe(4);
  });

  it("are lent up to the cap on requests, each agent's counted for itself", () => {
    const vault = [key({ limits: { requestsPerDay: 1 } }), key({ agent: "grace", limits: { requestsPerDay: 1 } })];
    const spending = new Spending(() => noon);
    const ada = keysOf("ada", () => vault, spending);
    loanOf(ada.lend("anthropic"));
    expect(ada.lend("anthropic")).toBe("requests-spent");
    expect(loanOf(keysOf("grace", () => vault, spending).lend("anthropic")).version).toBe(3);
  });

  it("are lent until their cap on tokens is booked, also when the key is rotated", () => {
    let vault = [key({ limits: { tokensPerDay: 10 } })];
    const keys = keysOf("ada", () => vault);
    const loan = loanOf(keys.lend("anthropic"));
    expect(loan.countsTokens).toBe(true);
    loan.release({ tokens: 10 });
    vault = [key({ version: 4, limits: { tokensPerDay: 10 } })];
    expect(keys.lend("anthropic")).toBe("tokens-spent");
  });
});
