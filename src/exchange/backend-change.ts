/** What became of a backend. Told once each time it changes. */
export interface BackendChange {
  readonly service: string;
  /** Its url as written. */
  readonly backend: string;
  /** `10.0.0.1:80`, with the name where nobody has resolved it, or the path of a Unix socket. */
  readonly address: string;
  /**
   * - `healthy`, `unhealthy`: by its active checks
   * - `taken-out`, `brought-back`: by the traffic (the circuit opened, or closed)
   * - `changed`: an operator set `active` or `weight`, or a reload `active`
   */
  readonly became: 'healthy' | 'unhealthy' | 'taken-out' | 'brought-back' | 'changed';
  /** For operators. */
  readonly reason: string;
}
