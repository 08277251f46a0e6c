import type { ComponentType } from 'react';
import type { TextKey } from './texts.js';

interface PageEntry {
  path: string;
  /** Absent: reached from another page only. */
  menu?: TextKey;
  /** Absent: everybody may open it. */
  role?: 'admin';
  load: () => Promise<{ Component: ComponentType }>;
}

/** Every page; each is loaded when it is opened. */
export const PAGES: readonly PageEntry[] = [
  { path: '', menu: 'page.overview', load: () => import('./pages/overview.js') },
  { path: 'computers', menu: 'page.computers', load: () => import('./pages/computers.js') },
  { path: 'computers/:id', load: () => import('./pages/computer.js') },
  { path: 'imports', menu: 'page.imports', load: () => import('./pages/imports.js') },
  { path: 'imports/:id', load: () => import('./pages/import-run.js') },
  { path: 'orders', menu: 'page.orders', load: () => import('./pages/orders.js') },
  { path: 'distribution-points', menu: 'page.dps', load: () => import('./pages/distribution-points.js') },
  { path: 'accounts', menu: 'page.accounts', load: () => import('./pages/accounts.js') },
  { path: 'brakes', menu: 'page.brakes', load: () => import('./pages/brakes.js') },
  { path: 'location-rules', menu: 'page.locationRules', load: () => import('./pages/location-rules.js') },
  { path: 'directories', menu: 'page.directories', load: () => import('./pages/directories.js') },
  { path: 'client-releases', menu: 'page.releases', load: () => import('./pages/client-releases.js') },
  { path: 'settings', menu: 'page.settings', load: () => import('./pages/settings.js') },
  { path: 'tenants', menu: 'page.tenants', load: () => import('./pages/tenants.js') },
  { path: 'users', menu: 'page.users', role: 'admin', load: () => import('./pages/users.js') },
  { path: 'api-tokens', menu: 'page.apiTokens', role: 'admin', load: () => import('./pages/api-tokens.js') },
  {
    path: 'dead-letters',
    menu: 'page.deadLetters',
    role: 'admin',
    load: () => import('./pages/dead-letters.js'),
  },
  { path: 'audit', menu: 'page.audit', role: 'admin', load: () => import('./pages/audit.js') },
  { path: '*', load: () => import('./pages/not-found.js') },
];
