/** A value for each route and service. Finding one puts nothing together: it is asked for thousands at a time. */
export class ByRoute<Value> implements Iterable<Value> {
  readonly #routes = new Map<string, Map<string, Value>>();
  readonly #make: (route: string, service: string) => Value;

  constructor(make: (route: string, service: string) => Value) {
    this.#make = make;
  }

  /** @param route its name; empty: none was found */
  of(route: string, service: string): Value {
    let services = this.#routes.get(route);
    if (services === undefined) {
      services = new Map();
      this.#routes.set(route, services);
    }
    let value = services.get(service);
    if (value === undefined) {
      value = this.#make(route, service);
      services.set(service, value);
    }
    return value;
  }

  *[Symbol.iterator](): Generator<Value, void> {
    for (const services of this.#routes.values()) yield* services.values();
  }
}
