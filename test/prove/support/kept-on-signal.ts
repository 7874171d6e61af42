import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Loaded into a proxy's process with --import: on SIGUSR2 it collects what can be collected and says what is kept.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
let count = 0;

process.on('SIGUSR2', async () => {
  for (let round = 0; round < 5; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  // What came in between goes, too: freed buffers are counted until the collection after that which freed them.
  for (let round = 0; round < 2; round++) collect();
  const { heapUsed, external } = process.memoryUsage();
  console.error(`kept ${++count}: ${heapUsed + external}`);
});
