import { parentPort } from 'node:worker_threads';
import bcrypt from 'bcryptjs';

/** What is asked of this thread; it answers with true or false, in order. */
export interface BcryptQuestion {
  readonly password: string;
  readonly hash: string;
}

parentPort?.on('message', ({ password, hash }: BcryptQuestion) => {
  parentPort?.postMessage(bcrypt.compareSync(password, hash));
});
