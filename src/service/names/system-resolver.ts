export type NameResolver = (host: string) => Promise<readonly string[]>;
export const systemResolver: NameResolver = async () => [];
