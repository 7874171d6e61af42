import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Child } from './child.js';

export interface BackendProcess {
  readonly port: number;
  readonly child: Child;
}

export async function startBackend(core: number | undefined): Promise<BackendProcess> {
  const entry = fileURLToPath(new URL('./backend.js', import.meta.url));
  const child = new Child({ name: 'backend', command: process.execPath, args: [entry], core, talks: true });
  const [message] = await Promise.race([
    once(child.process, 'message'),
    once(child.process, 'exit')
      .then(() => child.assertRunning())
      .then(() => []),
  ]);
  return { port: (message as { port: number }).port, child };
}
