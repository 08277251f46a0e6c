// npm run bench: what the product reaches, as a ratio to what its parts alone reach in the same run on the same machine.
// npm run bench console: the console in a browser, with 100,000 computers. npm run bench bulk: many orders in one call.
// npm run bench imports: a large CSV file. npm run bench many-dps: thousands of DPs, cold start and waiting.
// npm run bench orders: orders alone, also what one costs. npm run bench lists: the pages of the console with 2,000, 11,000 and 101,000 computers.
// npm run bench directory-delta: a sync of 100,000 computers of which ten have changed.
// npm run bench joins: 200 machines that join by one key.
// npm run bench rollouts: a bad release that stops itself, kills, and what waves cost.
// npm run bench audit: verify-audit over a million entries.
// npm run bench document-writes: what it costs to validate what is written. npm run bench empty-polls: only that part.
// With BENCH_PROFILE=1 each program leaves a profile of its processor time in .artifacts/profiles when it ends.
import { randomBytes } from 'node:crypto';
import { bareDatabase } from './bare-database.ts';
import { bareBroker } from './bare-broker.ts';
import { directoryReads } from './directories.ts';
import { emptyPolls } from './empty-polls.ts';
import { DPS, handOutAndReport, ORDERS, ordersAlone } from './orders.ts';
import { apiOf, memoryOf, say, share, startPrograms, takeGround, type Program } from './programs.ts';
import { joinDps, setUp } from './set-up.ts';

async function main(): Promise<void> {
  const ground = await takeGround();
  const { broker } = ground;
  const programs: Program[] = [];
  try {
    const bare = await bareBroker(broker.amqpUrl, ORDERS, DPS);
    say(`bare amqplib (publish, get, ack, publish, consume): ${Math.round(bare)} orders/s`);

    const writes = await bareDatabase(ground.database.uri, ORDERS);
    say(`the same orders' writes by the driver alone: ${Math.round(writes)} orders/s`);

    const token = `rlp_${randomBytes(32).toString('base64url')}`;
    programs.push(...(await startPrograms(ground, token)));
    const [server, gateway] = programs;
    if (!server || !gateway) throw new Error('nothing was started');
    const api = apiOf(server.url, token);
    const dps = await setUp(api, gateway.url, DPS, ORDERS);
    const { rate: reached } = await handOutAndReport(api, dps);
    say(
      `orders released → installed reports applied: ${Math.round(reached)} orders/s, ${share(reached / bare)} of bare amqplib, ` +
        `${share(reached / writes)} of their writes alone`,
    );

    await emptyPolls(gateway, dps);
    const reads = await directoryReads(api, ground.database.uri);
    say(
      `computers of a directory: ldapts alone ${Math.round(reads.bare)}/s, read and checked ${Math.round(reads.checked)}/s, ` +
        `${share(reads.checked / reads.bare)} of it`,
    );
    say(
      `rows inserted by the driver alone ${Math.round(reads.inserts)}/s, stored preview ${Math.round(reads.preview)}/s, ` +
        `${share(reads.preview / reads.inserts)} of it`,
    );
    for (const { name, child } of programs) say(`memory of ${name}: ${memoryOf(child.pid ?? 0)}`);
  } finally {
    await ground.stop();
  }
}

/** `npm run bench empty-polls`: that part of it alone. */
async function emptyPollsAlone(): Promise<void> {
  const ground = await takeGround();
  try {
    const token = `rlp_${randomBytes(32).toString('base64url')}`;
    const [server, gateway] = await startPrograms(ground, token);
    if (!server || !gateway) throw new Error('nothing was started');
    await emptyPolls(gateway, await joinDps(apiOf(server.url, token), gateway.url, DPS));
  } finally {
    await ground.stop();
  }
}

const [, , part] = process.argv;
if (part === 'console') await import('./console.ts');
else if (part === 'imports') await import('./imports.ts');
else if (part === 'many-dps') await import('./many-dps.ts');
else if (part === 'empty-polls') await emptyPollsAlone();
else if (part === 'audit') await import('./audit.ts');
else if (part === 'joins') await import('./joins.ts');
else if (part === 'orders') await ordersAlone();
else if (part === 'bulk') await import('./bulk-actions.ts');
else if (part === 'rollouts') await import('./rollouts.ts');
else if (part === 'lists') await import('./lists.ts');
else if (part === 'directory-delta') await import('./directory-delta.ts');
else if (part === 'document-writes') await import('./document-writes.ts');
else await main();
