// SPDX-License-Identifier: Apache-2.0

/** A loan that has not been given back. */
interface OpenLoan {
  readonly name: string;
  readonly version: number;
  readonly onRevoked: () => void;
}

/** Which requests hold a copy of which key. A loan outlives the key that it is of. */
export class LoanBook {
  readonly #open = new Set<OpenLoan>();

  /** Enters a loan; `onRevoked` is called if it is called back. @returns a function that strikes it out */
  enter(name: string, version: number, onRevoked: () => void): () => void {
    const loan = { name, version, onRevoked };
    this.#open.add(loan);
    return () => void this.#open.delete(loan);
  }

  /** How many loans of a version, or of all versions of a name, are open. */
  count(name: string, version?: number): number {
    return this.#of(name, version).length;
  }

  /** Calls back every open loan of a version, or of all versions of a name; each only once. */
  callBack(name: string, version?: number): void {
    for (const loan of this.#of(name, version)) {
      this.#open.delete(loan);
      try {
        loan.onRevoked();
      } catch {
        // One borrower that fails to end must not save the others.
      }
    }
  }

  #of(name: string, version: number | undefined): readonly OpenLoan[] {
    return [...this.#open].filter((loan) => loan.name === name && (version ?? loan.version) === loan.version);
  }
}
