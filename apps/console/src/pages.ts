import type { ComponentType } from 'react';
import type { TextKey } from './texts.js';

/** What the menu puts together. */
export const MENU_GROUPS = ['installation', 'sites', 'administration'] as const;

interface PageEntry {
  path: string;
  /** Absent: reached from another page only. */
  menu?: TextKey;
  group?: (typeof MENU_GROUPS)[number];
  /** Absent: everybody may open it. */
  role?: 'admin';
  load: () => Promise<{ Component: ComponentType }>;
}

/** Every page; each is loaded when it is opened. */
export const PAGES: readonly PageEntry[] = [
  { path: '', menu: 'page.overview', group: 'installation', load: () => import('./pages/overview.js') },
  {
    path: 'computers',
    menu: 'page.computers',
    group: 'installation',
    load: () => import('./pages/computers.js'),
  },
  { path: 'computers/:id', load: () => import('./pages/computer.js') },
  { path: 'imports', menu: 'page.imports', group: 'installation', load: () => import('./pages/imports.js') },
  { path: 'imports/:id', load: () => import('./pages/import-run.js') },
  { path: 'orders', menu: 'page.orders', group: 'installation', load: () => import('./pages/orders.js') },
  {
    path: 'distribution-points',
    menu: 'page.dps',
    group: 'sites',
    load: () => import('./pages/distribution-points.js'),
  },
  { path: 'accounts', menu: 'page.accounts', group: 'sites', load: () => import('./pages/accounts.js') },
  { path: 'brakes', menu: 'page.brakes', group: 'sites', load: () => import('./pages/brakes.js') },
  {
    path: 'location-rules',
    menu: 'page.locationRules',
    group: 'sites',
    load: () => import('./pages/location-rules.js'),
  },
  {
    path: 'client-releases',
    menu: 'page.releases',
    group: 'sites',
    load: () => import('./pages/client-releases.js'),
  },
  {
    path: 'directories',
    menu: 'page.directories',
    group: 'administration',
    load: () => import('./pages/directories.js'),
  },
  {
    path: 'settings',
    menu: 'page.settings',
    group: 'administration',
    load: () => import('./pages/settings.js'),
  },
  {
    path: 'tenants',
    menu: 'page.tenants',
    group: 'administration',
    load: () => import('./pages/tenants.js'),
  },
  {
    path: 'users',
    menu: 'page.users',
    group: 'administration',
    role: 'admin',
    load: () => import('./pages/users.js'),
  },
  {
    path: 'api-tokens',
    menu: 'page.apiTokens',
    group: 'administration',
    role: 'admin',
    load: () => import('./pages/api-tokens.js'),
  },
  {
    path: 'dead-letters',
    menu: 'page.deadLetters',
    group: 'administration',
    role: 'admin',
    load: () => import('./pages/dead-letters.js'),
  },
  {
    path: 'audit',
    menu: 'page.audit',
    group: 'administration',
    role: 'admin',
    load: () => import('./pages/audit.js'),
  },
  { path: '*', load: () => import('./pages/not-found.js') },
];
