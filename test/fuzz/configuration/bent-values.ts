import fc from 'fast-check';

/** One change somewhere in a value. Places are taken modulo what there is. */
export interface Bend {
  readonly kind: 'replace' | 'drop' | 'rename' | 'add' | 'repeat';
  readonly place: number;
  readonly odd: unknown;
  readonly key: string;
}

export const bends: fc.Arbitrary<readonly Bend[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('replace', 'replace', 'drop', 'rename', 'add', 'repeat'),
    place: fc.nat(0xffff),
    odd: fc.constantFrom<unknown>(
      ...[
        null,
        true,
        0,
        -1,
        1.5,
        70_000,
        1e300,
        '',
        'x',
        '5',
        '5 s',
        '64kb',
        'nowhere',
        '/x*',
        'https://a/',
        '~(',
        'unix:a',
        '299-200',
        '*',
      ],
      ...[[], {}, [[]], ['x'], { x: 1 }, 'auth', 'least_connections', '/a b', 'GET', 'get', 'Host', 'a/b'],
    ),
    key: fc.constantFrom(
      'x',
      'patern',
      'Url',
      'tls',
      'retry',
      'admin',
      'constructor',
      '',
      'a.b',
      '1',
      'url',
      'name',
      'port',
    ),
  }),
  { maxLength: 2 },
);

/** A copy of a value of maps, lists and scalars, changed. */
export function bend(value: unknown, changes: readonly Bend[]): unknown {
  let bent: unknown = structuredClone(value);
  for (const change of changes) {
    const places = holdersOf(bent);
    const found = places[change.place % Math.max(places.length, 1)];
    if (found === undefined) bent = change.odd;
    else apply(found, change);
  }
  return bent;
}

interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string;
}

function holdersOf(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Place['holder'];
  return Object.entries(value).flatMap(([key, inner]) => [{ holder, key }, ...holdersOf(inner)]);
}

function apply({ holder, key }: Place, { kind, odd, key: other }: Bend): void {
  if (Array.isArray(holder)) {
    const index = Number(key);
    if (kind === 'drop') holder.splice(index, 1);
    else if (kind === 'replace') holder[index] = structuredClone(odd);
    else holder.push(structuredClone(kind === 'repeat' ? holder[index] : odd));
    return;
  }
  if (kind === 'drop') delete holder[key];
  else if (kind === 'replace') holder[key] = structuredClone(odd);
  else if (kind === 'add') holder[other] = structuredClone(odd);
  else {
    const moved = holder[key];
    if (kind === 'rename') delete holder[key];
    holder[other] = structuredClone(moved);
  }
}
