// SPDX-License-Identifier: Apache-2.0
import { ParseError } from "../protocol/parseError.ts";
import type { Reader } from "../protocol/shape.ts";

/** An amount in hundred-thousandths of a US dollar, always whole: prices by the hour have five decimals. */
export type Money = number;

const UNIT = 100_000;

/** Reads an amount that is given in dollars. */
export const readMoney: Reader<Money> = (value, path) => {
  if (typeof value === "number" && value >= 0 && value <= 1_000_000) return fromDollars(value);
  throw new ParseError(path, "must be an amount of money");
};

/** The amount in dollars for a program; all five decimals are exact. */
export function toDollars(amount: Money): number {
  return amount / UNIT;
}

/** The amount that so many dollars are; the way back from {@link toDollars}. */
export function fromDollars(dollars: number): Money {
  return Math.round(dollars * UNIT);
}

/** The amount for people, to the cent: half a cent goes up, and what is not nothing is not shown as nothing. */
export function dollarsInWords(amount: Money): string {
  const cents = Math.floor((amount + UNIT / 200) / (UNIT / 100));
  if (cents === 0 && amount > 0) return "< $0.01";
  return `$${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")}`;
}
