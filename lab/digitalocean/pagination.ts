// SPDX-License-Identifier: Apache-2.0
import { badRequest } from "./apiError.ts";
import type { ApiRequest, Reply } from "./router.ts";

const defaultPerPage = 20;
/** More than this is served as this many. */
export const maximumPerPage = 200;

/**
 * Answers 200 with the asked page of `items` under `key`, rendered one by one.
 * @throws ApiError 400 when page or per_page is no positive whole number.
 */
export function pageReply<T>(
  request: ApiRequest,
  key: string,
  items: readonly T[],
  render: (item: T) => object,
): Reply {
  const page = readCount(request.query, "page", 1);
  const perPage = Math.min(readCount(request.query, "per_page", defaultPerPage), maximumPerPage);
  const start = (page - 1) * perPage;
  const rendered = items.slice(start, start + perPage).map(render);
  const links = pageLinks(request, page, Math.ceil(items.length / perPage));
  return { status: 200, body: { [key]: rendered, links, meta: { total: items.length } } };
}

function readCount(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null || text === "") return fallback;
  if (!/^0*[1-9][0-9]{0,9}$/.test(text)) throw badRequest(`${name} must be a positive integer`);
  return Number(text);
}

/** Only the links that make sense are set; with a single page there are none at all. */
function pageLinks(request: ApiRequest, page: number, lastPage: number): object {
  const link = (target: number): string => {
    const query = new URLSearchParams(request.query);
    query.set("page", String(target));
    return `${request.baseUrl}${request.path}?${query.toString()}`;
  };
  const last = Math.max(1, lastPage);
  const pages = {
    ...(page > 1 && { first: link(1), prev: link(Math.min(page - 1, last)) }),
    ...(page < last && { next: link(page + 1), last: link(last) }),
  };
  return Object.keys(pages).length === 0 ? {} : { pages };
}
