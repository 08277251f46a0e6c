import {
  IconAdjustments,
  IconApi,
  IconBell,
  IconBuilding,
  IconDeviceDesktop,
  IconFileImport,
  IconHandStop,
  IconHistory,
  IconKey,
  IconLayoutDashboard,
  IconListDetails,
  IconMailX,
  IconMapPin,
  IconPackage,
  IconRocket,
  IconRoute,
  IconServer2,
  IconSitemap,
  IconUsers,
  type Icon,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import type { TextKey } from './texts.js';

/** What the menu puts together. */
export const MENU_GROUPS = ['installation', 'sites', 'administration'] as const;

interface PageEntry {
  path: string;
  /** Absent: reached from another page only. */
  menu?: TextKey;
  /** Beside its name in the menu. */
  icon?: Icon;
  group?: (typeof MENU_GROUPS)[number];
  /** Absent: everybody may open it. */
  role?: 'admin';
  load: () => Promise<{ Component: ComponentType }>;
}

/** Every page; each is loaded when it is opened. */
export const PAGES: readonly PageEntry[] = [
  {
    path: '',
    menu: 'page.overview',
    icon: IconLayoutDashboard,
    group: 'installation',
    load: () => import('./pages/overview/overview.js'),
  },
  {
    path: 'computers',
    menu: 'page.computers',
    icon: IconDeviceDesktop,
    group: 'installation',
    load: () => import('./pages/computers/computers.js'),
  },
  { path: 'computers/:id', load: () => import('./pages/computers/computer.js') },
  {
    path: 'imports',
    menu: 'page.imports',
    icon: IconFileImport,
    group: 'installation',
    load: () => import('./pages/imports/imports.js'),
  },
  { path: 'imports/:id', load: () => import('./pages/imports/import-run.js') },
  {
    path: 'rollouts',
    menu: 'page.rollouts',
    icon: IconRocket,
    group: 'installation',
    load: () => import('./pages/rollouts/rollouts.js'),
  },
  { path: 'rollouts/:id', load: () => import('./pages/rollouts/rollout.js') },
  {
    path: 'orders',
    menu: 'page.orders',
    icon: IconListDetails,
    group: 'installation',
    load: () => import('./pages/orders/orders.js'),
  },
  { path: 'orders/:id', load: () => import('./pages/orders/order.js') },
  {
    path: 'distribution-points',
    menu: 'page.dps',
    icon: IconServer2,
    group: 'sites',
    load: () => import('./pages/distribution-points/distribution-points.js'),
  },
  {
    path: 'distribution-points/:id',
    load: () => import('./pages/distribution-points/distribution-point.js'),
  },
  { path: 'join-keys', role: 'admin', load: () => import('./pages/distribution-points/join-keys.js') },
  {
    path: 'accounts',
    menu: 'page.accounts',
    icon: IconKey,
    group: 'sites',
    load: () => import('./pages/accounts/accounts.js'),
  },
  {
    path: 'brakes',
    menu: 'page.brakes',
    icon: IconHandStop,
    group: 'sites',
    load: () => import('./pages/rollouts/brakes.js'),
  },
  {
    path: 'location-rules',
    menu: 'page.locationRules',
    icon: IconMapPin,
    group: 'sites',
    load: () => import('./pages/rules/location-rules.js'),
  },
  {
    path: 'assignment-rules',
    menu: 'page.assignmentRules',
    icon: IconRoute,
    group: 'sites',
    load: () => import('./pages/rules/assignment-rules.js'),
  },
  {
    path: 'client-releases',
    menu: 'page.releases',
    icon: IconPackage,
    group: 'sites',
    load: () => import('./pages/administration/client-releases.js'),
  },
  {
    path: 'directories',
    menu: 'page.directories',
    icon: IconSitemap,
    group: 'administration',
    load: () => import('./pages/directories/directories.js'),
  },
  { path: 'directories/:id', load: () => import('./pages/directories/directory.js') },
  {
    path: 'settings',
    menu: 'page.settings',
    icon: IconAdjustments,
    group: 'administration',
    load: () => import('./pages/settings/settings.js'),
  },
  {
    path: 'notifications',
    menu: 'page.notifications',
    icon: IconBell,
    group: 'administration',
    load: () => import('./pages/notifications/notifications.js'),
  },
  {
    path: 'tenants',
    menu: 'page.tenants',
    icon: IconBuilding,
    group: 'administration',
    load: () => import('./pages/administration/tenants.js'),
  },
  {
    path: 'users',
    menu: 'page.users',
    icon: IconUsers,
    group: 'administration',
    role: 'admin',
    load: () => import('./pages/administration/users.js'),
  },
  {
    path: 'api-tokens',
    menu: 'page.apiTokens',
    icon: IconApi,
    group: 'administration',
    role: 'admin',
    load: () => import('./pages/administration/api-tokens.js'),
  },
  {
    path: 'dead-letters',
    menu: 'page.deadLetters',
    icon: IconMailX,
    group: 'administration',
    role: 'admin',
    load: () => import('./pages/orders/dead-letters.js'),
  },
  {
    path: 'audit',
    menu: 'page.audit',
    icon: IconHistory,
    group: 'administration',
    role: 'admin',
    load: () => import('./pages/audit/audit.js'),
  },
  { path: '*', load: () => import('./pages/not-found.js') },
];
