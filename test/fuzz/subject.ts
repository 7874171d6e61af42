import fc from 'fast-check';

/** How a subject is run: fast-check's own words. */
export interface FuzzRun {
  readonly seed: number;
  readonly runs: number;
  /** Replays one case of the seed. */
  readonly path?: string;
  /** Stops drawing after so long; what was drawn is judged to its end. */
  readonly timeLimitMs?: number;
}

/** A case that does not hold, as small as it could be made. */
export interface Finding {
  readonly seed: number;
  readonly path: string;
  /** The bytes or the text that were read. */
  readonly hex: string;
  readonly input: string;
  readonly reason: string;
}

export interface FuzzReport {
  readonly runs: number;
  readonly finding: Finding | null;
}

/** Something of ours that is compared with a judge that is not. */
export interface FuzzSubject {
  readonly name: string;
  /** As many as `npm test` has time for. */
  readonly shortRuns: number;
  run(run: FuzzRun): Promise<FuzzReport>;
}

interface SubjectParts<Input> {
  readonly name: string;
  readonly shortRuns: number;
  readonly inputs: fc.Arbitrary<Input>;
  /** Throws where ours and the judge's readings differ. */
  readonly judge: (input: Input) => void | Promise<void>;
  readonly bytesOf: (input: Input) => Buffer;
}

export function defineSubject<Input>(parts: SubjectParts<Input>): FuzzSubject {
  const { name, shortRuns, inputs, judge, bytesOf } = parts;
  return {
    name,
    shortRuns,
    async run({ seed, runs, path, timeLimitMs }) {
      const property = fc.asyncProperty(inputs, async (input) => judge(input));
      const details = await fc.check(property, {
        seed,
        numRuns: runs,
        ...(path === undefined ? {} : { path }),
        ...(timeLimitMs === undefined ? {} : { interruptAfterTimeLimit: timeLimitMs }),
      });
      if (!details.failed || details.counterexample === null) return { runs: details.numRuns, finding: null };
      const [input] = details.counterexample;
      const { errorInstance } = details;
      const finding = {
        seed: details.seed,
        path: details.counterexamplePath ?? '',
        hex: bytesOf(input).toString('hex'),
        input: fc.stringify(input),
        reason: errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance),
      };
      return { runs: details.numRuns, finding };
    },
  };
}

/** A finding as it is shown, with how to see it again. */
export function findingText(name: string, { seed, path, hex, input, reason }: Finding): string {
  const again = `npm run fuzz -- --only ${name} --seed ${seed} --path ${path}`;
  return `${name}: seed ${seed}, path ${path}\nbytes ${hex}\ninput ${input}\nagain: ${again}\n${reason}`;
}
