/** Until when counts what let an exchange in. */
export interface Expiry {
  /** On the process's growing clock, in milliseconds. */
  readonly atMs: number;
  /** Of the Close by which the client of a tunnel is told. */
  readonly closeCode: number;
}
