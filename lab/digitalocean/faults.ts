// SPDX-License-Identifier: Apache-2.0

/** What goes wrong with a matching request. */
export type FaultEffect =
  /** The request has no effect and gets this error. `message` and `id` default to what the API says for the status. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly id?: string;
      readonly message?: string;
      /** Seconds, sent as retry-after. */
      readonly retryAfter?: number;
      /** True: the request takes effect all the same, only the answer is lost. @default false */
      readonly afterEffect?: boolean;
    }
  /** The request is served after this time. */
  | { readonly kind: "delay"; readonly milliseconds: number }
  /** The request takes no effect and is never answered. */
  | { readonly kind: "hang" }
  /** The connection is cut before or after the request took effect; no answer in both cases. */
  | { readonly kind: "cut"; readonly when: "before" | "after" }
  /** The request is accepted, but the action it starts never ends: a created droplet stays "new". */
  | { readonly kind: "stuck" }
  /** The request is accepted, but the action it starts ends "errored": a created droplet never boots. */
  | { readonly kind: "fail" };

/** One planned fault. */
export interface Fault {
  /** @default every method */
  readonly method?: string;
  /** Path pattern without the query: `*` stands for one segment, `**` at the end for any rest. */
  readonly path: string;
  /** Matching requests to let pass first. @default 0 */
  readonly skip?: number;
  /** Matching requests to hit; null for all. @default 1 */
  readonly count?: number | null;
  readonly effect: FaultEffect;
}

interface PlannedFault {
  readonly id: number;
  readonly fault: Fault;
  skip: number;
  left: number;
}

/** The faults that are planned; the first one that matches a request hits it. */
export class FaultPlan {
  #planned: PlannedFault[] = [];
  #lastId = 0;

  /** Plans a fault and returns its ID. */
  add(fault: Fault): number {
    this.#lastId += 1;
    const left = fault.count === null ? Infinity : (fault.count ?? 1);
    this.#planned.push({ id: this.#lastId, fault, skip: fault.skip ?? 0, left });
    return this.#lastId;
  }

  /** Forgets one fault; false when it is unknown or used up. */
  remove(id: number): boolean {
    const before = this.#planned.length;
    this.#planned = this.#planned.filter((planned) => planned.id !== id);
    return this.#planned.length < before;
  }

  /** Forgets all faults. Actions that hang already go on hanging. */
  clear(): void {
    this.#planned = [];
  }

  /** Faults that can still hit, with the hits left (null: all). */
  list(): { readonly id: number; readonly fault: Fault; readonly left: number | null }[] {
    return this.#planned.map(({ id, fault, left }) => ({ id, fault, left: left === Infinity ? null : left }));
  }

  /** Counts the request against the plan and returns what happens to it. */
  take(method: string, path: string): FaultEffect | undefined {
    const planned = this.#planned.find(({ fault }) => isMatch(fault, method, path));
    if (planned === undefined) return undefined;
    if (planned.skip > 0) {
      planned.skip -= 1;
      return undefined;
    }
    planned.left -= 1;
    if (planned.left <= 0) this.remove(planned.id);
    return planned.fault.effect;
  }
}

function isMatch(fault: Fault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  const pattern = fault.path.split("/");
  const segments = path.split("/");
  const isOpen = pattern.at(-1) === "**";
  if (isOpen) pattern.pop();
  if (isOpen ? segments.length < pattern.length : segments.length !== pattern.length) return false;
  return pattern.every((part, index) => part === "*" || part === segments[index]);
}
