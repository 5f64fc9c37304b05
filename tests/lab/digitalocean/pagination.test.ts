// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { maximumPerPage, pageReply } from "../../../lab/digitalocean/pagination.ts";
import type { ApiRequest } from "../../../lab/digitalocean/router.ts";

interface Page {
  readonly numbers: readonly { readonly value: number }[];
  readonly links: { readonly pages?: Readonly<Record<string, string>> };
  readonly meta: { readonly total: number };
}

function page(count: number, query: string): Page {
  const request: ApiRequest = {
    params: {},
    query: new URLSearchParams(query),
    body: undefined,
    baseUrl: "http://api.example:8080",
    path: "/v2/numbers",
    actionFault: undefined,
  };
  const items = Array.from({ length: count }, (_, index) => index);
  const reply = pageReply(request, "numbers", items, (value) => ({ value }));
  expect(reply.status).toBe(200);
  return reply.body as Page;
}

describe("pageReply", () => {
  it("shows 20 items and no links when nothing is asked and all fit", () => {
    const first = page(20, "");
    expect(first.numbers).toHaveLength(20);
    expect(first.links).toEqual({});
    expect(first.meta).toEqual({ total: 20 });
  });

  it("answers an empty list with an empty page", () => {
    expect(page(0, "")).toEqual({ numbers: [], links: {}, meta: { total: 0 } });
  });

  it("links from the first page only onwards", () => {
    expect(page(21, "").links).toEqual({
      pages: { next: "http://api.example:8080/v2/numbers?page=2", last: "http://api.example:8080/v2/numbers?page=2" },
    });
  });

  it("links from the last page only backwards, and keeps the rest of the query", () => {
    expect(page(5, "tag_name=a%3Ab&page=3&per_page=2")).toEqual({
      numbers: [{ value: 4 }],
      links: {
        pages: {
          first: "http://api.example:8080/v2/numbers?tag_name=a%3Ab&page=1&per_page=2",
          prev: "http://api.example:8080/v2/numbers?tag_name=a%3Ab&page=2&per_page=2",
        },
      },
      meta: { total: 5 },
    });
  });

  it("shows an empty page behind the last one, with a way back", () => {
    const behind = page(3, "page=9&per_page=2");
    expect(behind.numbers).toEqual([]);
    expect(behind.links.pages?.["prev"]).toBe("http://api.example:8080/v2/numbers?page=2&per_page=2");
    expect(behind.links.pages).not.toHaveProperty("next");
  });

  it("serves 200 a page at most", () => {
    expect(page(500, "per_page=500").numbers).toHaveLength(maximumPerPage);
    expect(maximumPerPage).toBe(200);
  });

  it.each([
    "page=0",
    "page=-1",
    "page=a",
    "per_page=0",
    "per_page=1.5",
    "per_page=1e3",
    "page=%F0%9F%92%A5",
    "page=99999999999",
  ])("refuses %s", (query) => {
    expect(() => page(3, query)).toThrow(/^(page|per_page) must be a positive integer$/);
  });

  it("takes an empty value for none", () => {
    expect(page(21, "page=&per_page=").numbers).toHaveLength(20);
  });

  it("leads a client that follows `next` past every item exactly once, and back to where it began by `prev`", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 1, max: 250 }), (count, perPage) => {
        const seen: number[] = [];
        let query = `per_page=${perPage}`;
        let current = page(count, query);
        for (;;) {
          seen.push(...current.numbers.map(({ value }) => value));
          expect(current.meta.total).toBe(count);
          const next = current.links.pages?.["next"];
          if (next === undefined) break;
          query = new URL(next).search.slice(1);
          current = page(count, query);
          expect(current.links.pages?.["first"]).toBe(`http://api.example:8080/v2/numbers?per_page=${perPage}&page=1`);
        }
        expect(seen).toEqual(Array.from({ length: count }, (_, index) => index));
        const pages = Math.max(1, Math.ceil(count / Math.min(perPage, maximumPerPage)));
        expect(new URLSearchParams(query).get("page") ?? "1").toBe(String(pages));
      }),
    );
  });
});
