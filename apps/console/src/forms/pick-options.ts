import { api, take } from '../api.js';
import { text } from '../texts.js';

interface Option {
  value: string;
  label: string;
}

export interface Source {
  load: (search: string) => Promise<Option[]>;
  /** Whether the server narrows them; else all are fetched once. */
  onServer: boolean;
  /** How one is called that is not among those that were loaded. */
  labelOf?: (value: string) => Promise<string>;
}

/** The same thing may be called alike in several places: its id tells them apart. */
export const named = ({ id, name }: { id: string; name: string }): Option => ({
  value: id,
  label: name === id ? id : `${name} (${id})`,
});

const layer = (kind: 'tenant' | 'dp', word: string, { value, label }: Option): Option => ({
  value: `${kind}:${value}`,
  label: `${word} ${label}`,
});

async function dpLabel(dp: string): Promise<string> {
  return named(await take(api.GET('/api/v1/distribution-points/{dp}', { params: { path: { dp } } }))).label;
}

async function tenantLabel(tenant: string): Promise<string> {
  return named(await take(api.GET('/api/v1/tenants/{tenant}', { params: { path: { tenant } } }))).label;
}

function computerLabel({ hostName, address }: { hostName: string; address: string | null }): string {
  return address === null ? hostName : `${hostName} (${address})`;
}

/** What fields let choose, and where it comes from. */
export const OPTIONS = {
  dp: {
    onServer: true,
    load: async (search) => {
      const query = { limit: 50, ...(search !== '' && { q: search }) };
      return (await take(api.GET('/api/v1/distribution-points', { params: { query } }))).items.map(named);
    },
    labelOf: dpLabel,
  },
  tenant: {
    onServer: true,
    load: async (search) => {
      const query = { limit: 50, ...(search !== '' && { q: search }) };
      return (await take(api.GET('/api/v1/tenants', { params: { query } }))).items.map(named);
    },
    labelOf: tenantLabel,
  },
  computer: {
    onServer: true,
    load: async (search) => {
      const query = { limit: 50, countTo: 1, ...(search !== '' && { q: search }) };
      const { items } = await take(api.GET('/api/v1/computers', { params: { query } }));
      return items.map((one) => ({ value: one.id, label: computerLabel(one) }));
    },
    labelOf: async (id) =>
      computerLabel(await take(api.GET('/api/v1/computers/{id}', { params: { path: { id } } }))),
  },
  /** Who does things: people, and programs by their tokens. */
  actor: {
    onServer: true,
    load: async (search) => {
      const query = { limit: 50, ...(search !== '' && { q: search }) };
      const [users, tokens] = await Promise.all([
        take(api.GET('/api/v1/users', { params: { query } })),
        take(api.GET('/api/v1/api-tokens', { params: { query: { limit: 500 } } })),
      ]);
      const sought = tokens.items.filter(({ label }) => label.toLowerCase().includes(search.toLowerCase()));
      return [
        ...users.items.map(({ id, user }) => ({ value: `user:${id}`, label: user })),
        ...sought.map(({ id, label }) => ({ value: `token:${id}`, label: text('apiToken.of', { label }) })),
      ];
    },
    // whoever is gone is still called so by what was done
    labelOf: async (who) => {
      const { items } = await take(api.GET('/api/v1/audit', { params: { query: { who, limit: 1 } } }));
      return items[0]?.who?.name ?? who;
    },
  },
  /** Where settings may be set, beside everywhere. */
  settingsLayer: {
    onServer: true,
    load: async (search) => {
      const query = { limit: 50, ...(search !== '' && { q: search }) };
      const [tenants, dps] = await Promise.all([
        take(api.GET('/api/v1/tenants', { params: { query } })),
        take(api.GET('/api/v1/distribution-points', { params: { query } })),
      ]);
      return [
        ...tenants.items.map(named).map((one) => layer('tenant', text('tenant'), one)),
        ...dps.items.map(named).map((one) => layer('dp', 'DP', one)),
      ];
    },
    labelOf: async (value) => {
      const id = value.slice(value.indexOf(':') + 1);
      return value.startsWith('dp:')
        ? `DP ${await dpLabel(id)}`
        : `${text('tenant')} ${await tenantLabel(id)}`;
    },
  },
  clientRelease: {
    onServer: false,
    load: async () => {
      const query = { limit: 500 };
      const { items } = await take(api.GET('/api/v1/client-releases', { params: { query } }));
      return items
        .filter(({ state }) => state === 'published')
        .map(({ version }) => ({ value: version, label: version }));
    },
  },
  timeZone: {
    onServer: false,
    load: () =>
      Promise.resolve(
        [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])].map((zone) => ({
          value: zone,
          label: zone.replaceAll('_', ' '),
        })),
      ),
  },
} as const satisfies Record<string, Source>;

export type Picked = keyof typeof OPTIONS;
