import type { Page } from 'playwright-core';

/** What a picture is taken in. */
export const LANGUAGES = ['en', 'de'] as const;
export const SCHEMES = ['light', 'dark'] as const;
/** In CSS pixels. */
export const SIZES = {
  desk: { width: 1440, height: 900 },
  telephone: { width: 390, height: 844 },
} as const;

export type PictureLanguage = (typeof LANGUAGES)[number];

/** One page of the console, as somebody sees it who has opened it. */
export interface Scene {
  /** Of its pictures; unlike every other. */
  name: string;
  /** Below `/console/`; `{computer}` and the like are filled in from {@link SceneIds}. */
  path: string;
  /** Nobody has signed in. */
  signedOut?: true;
  /** What is opened on the page. In both languages. */
  open?: (page: Page) => Promise<void>;
}

/** What the pages of single things are about, by its place in {@link Scene.path}. */
export type SceneIds = Readonly<Record<string, string>>;

async function openCreate(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(Create|Anlegen)$/ }).click();
  await page.getByRole('dialog').waitFor();
}

/** Every page, and the dialogs and menus that are used most. */
export const SCENES: readonly Scene[] = [
  { name: 'sign-in', path: '', signedOut: true },
  { name: 'overview', path: '' },
  { name: 'computers', path: 'computers' },
  { name: 'computers-all', path: 'computers?folder=all' },
  {
    name: 'computers-release',
    path: 'computers?folder=all&state=imported',
    open: async (page) => {
      await page.getByRole('checkbox', { name: /^(Select all|Alle geladenen Zeilen auswählen)/ }).check();
      await page.getByRole('button', { name: /^(Release|Freigeben)$/ }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'computer-failed', path: 'computers/{failed}' },
  { name: 'computer-ready', path: 'computers/{ready}' },
  { name: 'imports', path: 'imports' },
  { name: 'import-preview', path: 'imports/{preview}' },
  { name: 'import-done', path: 'imports/{imported}' },
  { name: 'rollouts', path: 'rollouts' },
  { name: 'rollout', path: 'rollouts/{rollout}' },
  { name: 'orders', path: 'orders' },
  { name: 'order-failed', path: 'orders/{order}' },
  { name: 'distribution-points', path: 'distribution-points' },
  { name: 'distribution-point', path: 'distribution-points/{dp}' },
  { name: 'distribution-point-create', path: 'distribution-points', open: openCreate },
  { name: 'join-keys', path: 'join-keys' },
  { name: 'accounts', path: 'accounts' },
  { name: 'account-create', path: 'accounts', open: openCreate },
  { name: 'brakes', path: 'brakes' },
  { name: 'location-rules', path: 'location-rules' },
  { name: 'location-rule-create', path: 'location-rules', open: openCreate },
  { name: 'assignment-rules', path: 'assignment-rules' },
  { name: 'client-releases', path: 'client-releases' },
  { name: 'directories', path: 'directories' },
  { name: 'directory', path: 'directories/{directory}' },
  { name: 'settings', path: 'settings' },
  { name: 'notifications', path: 'notifications' },
  { name: 'tenants', path: 'tenants' },
  { name: 'users', path: 'users' },
  { name: 'api-tokens', path: 'api-tokens' },
  { name: 'dead-letters', path: 'dead-letters' },
  { name: 'audit', path: 'audit' },
  {
    name: 'user-menu',
    path: 'tenants',
    open: async (page) => {
      await page.getByRole('button', { name: 'admin' }).click();
      await page.getByRole('menu').waitFor();
    },
  },
  { name: 'not-found', path: 'nowhere' },
  {
    name: 'search',
    path: '',
    open: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').waitFor();
    },
  },
];
