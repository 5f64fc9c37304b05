// SPDX-License-Identifier: Apache-2.0
import { optional, readList, readObject, readText, type Reader } from "../protocol/shape.ts";
import { failure } from "./errors.ts";

/** Reads one path: undefined for what does not exist. */
export type Get = <T>(path: string, read: Reader<T>) => Promise<T | undefined>;

const ignore = { others: "ignore" } as const;
const PER_PAGE = 200;
/** Far above any limit of an account. */
const MOST_PAGES = 100;
const readNext = readObject<{ links?: { pages?: { next?: string } } }>(
  {
    links: optional(
      readObject<{ pages?: { next?: string } }>(
        { pages: optional(readObject<{ next?: string }>({ next: optional(readText(4096)) }, ignore)) },
        ignore,
      ),
    ),
  },
  ignore,
);

/** A list that comes in pages. */
export interface WholeList<T> {
  readonly path: string;
  /** The answer's member with the items. */
  readonly member: string;
  readonly read: Reader<T>;
  /** Further parts of the query, each with "&" in front. */
  readonly query?: string;
}

/**
 * Reads a list of DigitalOcean's to its end. Pages are asked for by number: the address of the next one, which the answer names, is not
 * followed with the token.
 */
export async function readWholeList<T>(
  get: Get,
  { path: at, member, read, query = "" }: WholeList<T>,
): Promise<readonly T[]> {
  const items: T[] = [];
  const readPage: Reader<{ readonly items: readonly T[]; readonly isLast: boolean }> = (value, where) => ({
    items: within(member, readList(read, 10_000))(value, where),
    isLast: readNext(value, where).links?.pages?.next === undefined,
  });
  for (let page = 1; page <= MOST_PAGES; page++) {
    const reply = await get(`${at}?per_page=${PER_PAGE}${page === 1 ? "" : `&page=${page}`}${query}`, readPage);
    items.push(...(reply?.items ?? []));
    if (reply?.isLast !== false) return items;
  }
  throw failure(`DigitalOcean's list at "${at}" has more than ${MOST_PAGES} pages`);
}

/** Reads one member of an object. */
export function within<T>(member: string, read: Reader<T>): Reader<T> {
  const readMember = readObject<Record<string, T>>({ [member]: read }, ignore);
  return (value, where) => readMember(value, where)[member] as T;
}
