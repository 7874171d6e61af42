/**
 * What the links of this process do. Whoever waits until all that was written has been read and answered, must wait for
 * them too.
 */
export const linkTraffic = {
  /** Grows with everything that a link takes or passes. */
  moves: 0,
  /** Links that will pass something by themselves. */
  due: 0,
};
