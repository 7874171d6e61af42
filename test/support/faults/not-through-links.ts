/** Behaviours that fault proxies between would make another: what was measured, and why it is another. */
export const notThroughLinks: Readonly<Record<string, string>> = {};
