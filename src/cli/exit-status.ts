/** What the process says when it ends. */
export const EXIT = {
  fine: 0,
  /** It failed while it ran. */
  failed: 1,
  /** Wrong usage, or a configuration that is refused. */
  refused: 2,
} as const;
