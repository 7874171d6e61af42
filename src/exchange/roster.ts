/** What a member is where it is on no roster. */
export const OFF_ROSTER = -1;

/**
 * Members in no order, each of which keeps its own place in a field of its own. Where thousands come and go, a `Set`
 * makes the garbage collector copy what is long over: each of its tables, once grown out of, holds on to the next one
 * and to whoever was a member then, until the next full collection.
 */
export class Roster<Field extends string, Member extends Record<Field, number>> implements Iterable<Member> {
  readonly #field: Field;
  readonly #members: Member[] = [];

  /** @param field where members keep their place: {@link OFF_ROSTER} before they are added; nobody else touches it */
  constructor(field: Field) {
    this.#field = field;
  }

  get size(): number {
    return this.#members.length;
  }

  has(member: Member): boolean {
    return member[this.#field] !== OFF_ROSTER;
  }

  /** Idempotent. */
  add(member: Member): void {
    if (this.has(member)) return;
    (member as Record<Field, number>)[this.#field] = this.#members.push(member) - 1;
  }

  /** Idempotent. The last member takes the place of the one that goes. */
  delete(member: Member): void {
    const place = member[this.#field];
    if (place === OFF_ROSTER) return;
    (member as Record<Field, number>)[this.#field] = OFF_ROSTER;
    const last = this.#members.pop();
    if (last === undefined || last === member) return;
    this.#members[place] = last;
    (last as Record<Field, number>)[this.#field] = place;
  }

  clear(): void {
    for (const member of this.#members) (member as Record<Field, number>)[this.#field] = OFF_ROSTER;
    this.#members.length = 0;
  }

  /** From the last to the first: whoever goes meanwhile hides nobody, whoever comes meanwhile is not seen. */
  *[Symbol.iterator](): Generator<Member, void> {
    for (let index = this.#members.length - 1; index >= 0; index--) {
      const member = this.#members[index];
      if (member !== undefined) yield member;
    }
  }
}
