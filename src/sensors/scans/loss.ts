/** What the ring lost, and whether a scan explains it: a fast scan overflows every ring, and that is part of its story. */

/** A loss that no scan explains within this time is one of its own. */
const EXPLAINED_WITHIN_MS = 3_000;

export class Loss {
  #total = 0;
  #explained = 0;
  #pending = 0;
  #sinceMs = 0;

  /** Takes the ring's count; `explain` gives the loss to a scan that goes on, and says whether there is one. */
  count(total: number, nowMs: number, explain: (packets: number) => boolean): void {
    if (total > this.#total) {
      this.#pending += total - this.#total;
      this.#total = total;
      this.#sinceMs = nowMs;
    }
    if (this.#pending === 0) return;
    if (explain(this.#pending)) this.#explained += this.#pending;
    else if (nowMs - this.#sinceMs < EXPLAINED_WITHIN_MS) return;
    this.#pending = 0;
  }

  /** Packets lost for which there is no explanation. */
  get unexplained(): number {
    return this.#total - this.#explained - this.#pending;
  }
}
