import { z } from 'zod';
import { ROLLOUT_STATES } from '#domain';
import { ApiFault, type Connection } from '../server/connection.js';

const count = z.number().int().nonnegative();
const time = z.string().nullable();
const counts = z.looseObject({
  waiting: count,
  underWay: count,
  good: count,
  bad: count,
  absent: count,
  skipped: count,
});

/** What this command reads of a rollout; the rest of it goes to `--json` as it came. */
const rolloutView = z.looseObject({
  id: z.string(),
  tenant: z.string(),
  name: z.string(),
  state: z.enum(ROLLOUT_STATES),
  release: z.string().nullable(),
  size: count,
  counts,
  wave: count,
  waves: z.array(
    z.looseObject({
      size: count,
      gate: z.enum(['auto', 'person']),
      begunAt: time,
      provenAt: time,
      passedAt: time,
      counts,
    }),
  ),
  proof: z.looseObject({ settle: count }),
  cause: z.looseObject({ kind: z.string(), text: z.string(), note: z.string().nullable() }).nullable(),
  stoppedDps: z.array(
    z.looseObject({
      dp: z.string(),
      evidence: z.looseObject({ failures: count, results: count, code: z.string().nullable() }),
    }),
  ),
  eta: time,
  startAt: time,
  requestedBy: z.string(),
  createdAt: z.string(),
  endedAt: time,
  /** Not in every answer. */
  causes: z
    .array(
      z.looseObject({
        code: z.string(),
        phase: z.string().nullable(),
        count,
        output: z.string().nullable(),
        hint: z.looseObject({ en: z.string() }),
      }),
    )
    .default([]),
});
export type RolloutView = z.infer<typeof rolloutView>;

const planView = z.looseObject({
  tenant: z.string(),
  release: z.string().nullable(),
  size: count,
  waves: z.array(count),
  dps: z.array(
    z.looseObject({
      dp: z.string(),
      count,
      enabled: z.boolean(),
      isSilent: z.boolean(),
      windowOpensAt: time,
    }),
  ),
  obstacles: z.array(
    z.looseObject({ isLeftOut: z.boolean(), count, names: z.array(z.string()), text: z.string() }),
  ),
});
export type PlanView = z.infer<typeof planView>;

const rolloutPage = z.looseObject({ items: z.array(rolloutView), next: z.string().nullable() });
const computers = z.looseObject({ items: z.array(z.looseObject({ id: z.string(), name: z.string() })) });
const members = z.looseObject({
  items: z.array(z.looseObject({ computer: z.string(), name: z.string() })),
});
const changed = z.looseObject({ changed: count });

const MOST_NAMESAKES = 500;
/** Rollouts go for hours. */
const LOOK_EVERY_MS = 3000;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** What is asked of a rollout that there is. */
export type RolloutWish = 'pause' | 'resume' | 'abort' | 'next-wave' | 'shift' | 'retry-failed';

/** The admin API, as far as rollouts need it. @throws ApiFault */
export class RolloutsApi {
  constructor(private readonly server: Connection) {}

  async plan(body: object): Promise<PlanView> {
    return planView.parse(await this.server.post('/rollouts/plan', body));
  }

  async create(body: object): Promise<RolloutView> {
    return rolloutView.parse(await this.server.post('/rollouts', body));
  }

  async rollout(id: string): Promise<RolloutView> {
    return rolloutView.parse(await this.server.get(pathOf(id)));
  }

  async ask(id: string, wish: RolloutWish, body: object): Promise<RolloutView> {
    return rolloutView.parse(await this.server.post(`${pathOf(id)}/${wish}`, body));
  }

  /** @returns how many computers were left out, or moved into another wave */
  async change(id: string, wish: 'skip' | 'move', body: object): Promise<number> {
    return changed.parse(await this.server.post(`${pathOf(id)}/${wish}`, body)).changed;
  }

  follow(
    id: string,
    ended: (rollout: RolloutView) => boolean,
    onRollout: (rollout: RolloutView) => void,
    signal: AbortSignal,
  ): Promise<RolloutView> {
    return this.server.follow(() => this.rollout(id), ended, onRollout, signal, LOOK_EVERY_MS);
  }

  report(id: string): Promise<Response> {
    return this.server.file(`${pathOf(id)}/report.csv`);
  }

  /** The newest first. */
  async list(filter: { tenant?: string; state?: string }): Promise<RolloutView[]> {
    const found: RolloutView[] = [];
    for (let after: string | null = ''; after !== null;) {
      const query = new URLSearchParams({ limit: '500', ...filter, ...(after && { after }) });
      const page: z.infer<typeof rolloutPage> = rolloutPage.parse(
        await this.server.get(`/rollouts?${query.toString()}`),
      );
      found.push(...page.items);
      after = page.next;
    }
    return found;
  }

  /** @returns the id of the rollout with this id or name */
  async idOf(idOrName: string): Promise<string> {
    if (UUID.test(idOrName)) {
      const found = await this.rollout(idOrName).catch(orNull);
      if (found) return found.id;
    }
    const all = await this.list({});
    const found = all.find(({ id }) => id === idOrName);
    if (found) return found.id;
    const named = all.filter(({ name }) => name === idOrName);
    const [only, ...others] = named;
    if (!only) throw new ApiFault('NOT_FOUND', `There is no rollout "${idOrName}".`);
    if (others.length === 0) return only.id;
    const which = named.map(({ id, state, createdAt }) => `\n  ${id}  ${state}, of ${createdAt}`).join('');
    throw new ApiFault('AMBIGUOUS', `There are ${named.length} rollouts "${idOrName}"; say which:${which}`);
  }

  /** The ids of the computers with these names. */
  async computers(names: readonly string[], tenant: string | undefined): Promise<string[]> {
    const ids: string[] = [];
    for (const name of names) {
      const query = new URLSearchParams({
        q: name,
        limit: String(MOST_NAMESAKES),
        ...(tenant !== undefined && { tenant }),
      });
      const { items } = computers.parse(await this.server.get(`/computers?${query.toString()}`));
      ids.push(onlyOne(items, name).id);
    }
    return ids;
  }

  /** The ids of the computers with these names, of a rollout. */
  async members(id: string, names: readonly string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const name of names) {
      const query = new URLSearchParams({ q: name, limit: String(MOST_NAMESAKES) });
      const { items } = members.parse(await this.server.get(`${pathOf(id)}/members?${query.toString()}`));
      ids.push(onlyOne(items, name).computer);
    }
    return ids;
  }
}

/** @returns null when it is not there */
function orNull(error: unknown): null {
  if (error instanceof ApiFault && error.code === 'NOT_FOUND') return null;
  throw error;
}

function pathOf(id: string): string {
  return `/rollouts/${encodeURIComponent(id)}`;
}

function onlyOne<One extends { name: string }>(found: readonly One[], name: string): One {
  const [one, ...others] = found.filter((each) => each.name.toLowerCase() === name.toLowerCase());
  if (!one) throw new ApiFault('NOT_FOUND', `There is no computer "${name}".`);
  if (others.length > 0)
    throw new ApiFault('AMBIGUOUS', `There are ${others.length + 1} computers "${name}".`);
  return one;
}
