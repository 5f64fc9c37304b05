// SPDX-License-Identifier: Apache-2.0
import { badRequest, unprocessable } from "./apiError.ts";

/** The members of a JSON object from a client. A null member counts as absent; unknown members are ignored. */
export class Fields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #path: string;

  /** @throws ApiError 400 when `body` is no JSON object. */
  constructor(body: unknown, path = "") {
    if (typeof body !== "object" || body === null || Array.isArray(body)) throw badRequest();
    this.#values = new Map(Object.entries(body).filter(([, value]) => value !== null));
    this.#path = path;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  raw(name: string): unknown {
    return this.#values.get(name);
  }

  /** @throws ApiError 422 when it is absent, empty or no string. */
  text(name: string): string {
    const value = this.optionalText(name) ?? "";
    if (value === "") throw unprocessable(`${this.#path}${name} is required`);
    return value;
  }

  /** @throws ApiError 422 when it is no string. */
  optionalText(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === "string") return value;
    throw this.#mustBe(name, "a string");
  }

  /** @throws ApiError 422 when it is no boolean. */
  optionalFlag(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === "boolean") return value;
    throw this.#mustBe(name, "a boolean");
  }

  flag(name: string, fallback: boolean): boolean {
    return this.optionalFlag(name) ?? fallback;
  }

  /** @throws ApiError 422 when it is no array. */
  list(name: string): readonly unknown[] {
    const value = this.raw(name) ?? [];
    if (Array.isArray(value)) return value;
    throw this.#mustBe(name, "an array");
  }

  /** @throws ApiError 422 when it is no array of strings. */
  texts(name: string): readonly string[] {
    const list = this.list(name);
    if (list.every((item) => typeof item === "string")) return list;
    throw this.#mustBe(name, "an array of strings");
  }

  /** @throws ApiError 422 when it is no array of whole numbers. */
  integers(name: string): readonly number[] {
    const list = this.list(name);
    if (list.every((item) => Number.isSafeInteger(item))) return list.map(Number);
    throw this.#mustBe(name, "an array of integers");
  }

  /** @throws ApiError 422 when it is no array of objects. */
  objects(name: string): readonly Fields[] {
    return this.list(name).map((item, index) => {
      if (typeof item !== "object" || item === null || Array.isArray(item)) {
        throw this.#mustBe(name, "an array of objects");
      }
      return new Fields(item, `${this.#path}${name}[${index}].`);
    });
  }

  /** @throws ApiError 422 when it is no object. */
  optionalObject(name: string): Fields | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== "object" || Array.isArray(value)) throw this.#mustBe(name, "an object");
    return new Fields(value, `${this.#path}${name}.`);
  }

  #mustBe(name: string, kind: string): Error {
    return unprocessable(`${this.#path}${name} must be ${kind}`);
  }
}
