import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { type AccountSecret, readPrivateFile, writePrivateFile } from '#sealing';
import { parse, parseDocument } from 'yaml';
import { z } from 'zod';
import { codeOf, messageOf } from '../base/log.js';

/** A setting of the operator is wrong; the message says which file and which field. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const DNS_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/i;
const HOST_AND_PORT = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i;

const schema = z
  .strictObject({
    /** Base URL of the gateway, when it moved since `join`. */
    gateway: z.url({ protocol: /^https?$/ }).optional(),
    /** PEM file with a CA to trust besides the public ones; relative to the state folder. */
    caFile: z.string().min(1).optional(),
    /** Proxy for calls of the gateway; without it the environment's HTTPS_PROXY counts. */
    proxy: z.url({ protocol: /^https?$/ }).optional(),
    /** Hosts that are called without the proxy, as in NO_PROXY. */
    noProxy: z.array(z.string().min(1)).default([]),
    /** Orders worked on at the same time. */
    concurrency: z.int().min(1).max(200).default(10),
    /** Seconds a poll may be held open; 0 turns long polls off. */
    longPoll: z.int().min(0).max(60).default(30),
    /** Install methods in the order of preference. */
    methods: z
      .array(z.enum(['ssh', 'smb', 'command', 'local']))
      .min(1)
      .default(['ssh']),
    /** YAML file with accounts kept on this DP alone, 0600. */
    localAccounts: z.string().min(1).optional(),
    /** Bytes of release files kept. */
    cacheLimit: z
      .int()
      .min(1)
      .default(4 * 1024 ** 3),
    /** Seconds that running installations are given when the agent is asked to end. */
    graceSeconds: z.int().min(0).max(3600).default(30),
    ssh: z
      .strictObject({
        /** Seconds until an address that does not answer, or says nothing, counts as off. */
        connectTimeout: z.number().min(1).max(300).default(10),
        /** Seconds for a login once the computer has answered. */
        loginTimeout: z.number().min(1).max(300).default(30),
        /** Seconds to try to get back to a computer whose connection broke during an installation. */
        reconnectSeconds: z.number().min(0).max(86_400).default(600),
        /** `strict` refuses computers whose host key is not known yet, whatever the order says. */
        hostKeys: z.enum(['as-ordered', 'strict']).default('as-ordered'),
        /** The site's Windows computers have SSH servers: without the method smb, orders for them come here only then. */
        windows: z.boolean().default(false),
      })
      .prefault({}),
    smb: z
      .strictObject({
        /** Seconds until an address that does not answer counts as off. */
        connectTimeout: z.number().min(1).max(300).default(10),
        /** Seconds for a login once the computer has answered. */
        loginTimeout: z.number().min(1).max(300).default(60),
        /** Seconds to try to get back to a computer whose connection broke during an installation. */
        reconnectSeconds: z.number().min(0).max(86_400).default(600),
        /** Whether accounts and computers that Kerberos does not know may log in by NTLM. */
        ntlm: z.enum(['refused', 'allowed']).default('refused'),
        /** Domains of the computers' accounts, where DNS and the accounts do not tell enough. */
        domains: z
          .array(
            z.strictObject({
              /** Kerberos realm: the domain's DNS name. */
              realm: z.string().regex(DNS_NAME, 'must be a DNS name'),
              /** The domain's short (NetBIOS) name. */
              name: z
                .string()
                .regex(/^[^\\/:*?"<>|.\s]{1,15}$/, 'must be a NetBIOS name')
                .optional(),
              /** Domain controllers; without any they are looked up in DNS. */
              kdc: z.array(z.string().regex(HOST_AND_PORT, 'must be HOST or HOST:PORT')).min(1).optional(),
            }),
          )
          .default([]),
      })
      .prefault({}),
    command: z
      .strictObject({
        /** Program (absolute path) and arguments; it gets the path of the order's file behind them. */
        run: z.tuple([z.string().startsWith('/', 'must be an absolute path')], z.string()),
      })
      .optional(),
    local: z
      .strictObject({
        /** A folder per computer is made below it. */
        root: z.string().min(1),
      })
      .optional(),
  })
  .refine((config) => !config.methods.includes('local') || config.local, {
    message: 'the method local needs local.root',
    path: ['local'],
  })
  .refine((config) => !config.methods.includes('command') || config.command, {
    message: 'the method command needs command.run',
    path: ['command'],
  })
  .refine((config) => new Set(config.methods).size === config.methods.length, {
    message: 'a method is named twice',
    path: ['methods'],
  });

/** The agent's configuration, complete. */
export type Config = z.infer<typeof schema>;

/** Reads `config.yaml` of the state folder; without one, everything is as documented. */
export async function readConfig(state: string): Promise<Config> {
  const path = join(state, 'config.yaml');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return '';
    throw new ConfigError(`${path} cannot be read: ${messageOf(error)}`);
  });
  return checked(path, schema, text, {});
}

/**
 * Sets fields of `config.yaml` and leaves the rest of it, comments included, as it is.
 *
 * @throws ConfigError when the file would not be valid then
 */
export async function writeSettings(state: string, settings: Record<string, string>): Promise<void> {
  await readConfig(state);
  const path = join(state, 'config.yaml');
  const text = await readFile(path, 'utf8').catch(() => '');
  const document = parseDocument(text);
  for (const [name, value] of Object.entries(settings)) document.set(name, value);
  const written = document.toString();
  checked(path, schema, written, {});
  await writePrivateFile(path, written);
}

const localAccounts = z.array(
  z
    .strictObject({
      username: z.string().min(1),
      domain: z.string().min(1).optional(),
      password: z.string().min(1).optional(),
      privateKey: z.string().min(1).optional(),
      passphrase: z.string().min(1).optional(),
    })
    .refine((account) => account.password ?? account.privateKey, 'needs a password or a privateKey'),
);

/** The accounts kept on this DP, tried in this order for `{local: true}`. The file must be its owner's alone. */
export async function readLocalAccounts(state: string, config: Config): Promise<AccountSecret[]> {
  if (config.localAccounts === undefined) return [];
  const path = inState(state, config.localAccounts);
  const bytes = await readPrivateFile(path).catch((error: unknown) => {
    throw new ConfigError(messageOf(error));
  });
  if (!bytes) throw new ConfigError(`${path} does not exist (localAccounts)`);
  return checked(path, localAccounts, bytes.toString(), []);
}

/** A path of the configuration: absolute, or in the state folder. */
export function inState(state: string, path: string): string {
  return isAbsolute(path) ? path : join(state, path);
}

function checked<T>(path: string, type: z.ZodType<T>, text: string, whenEmpty: unknown): T {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    // only the place: a YAML message quotes the line, and that may hold a password
    throw new ConfigError(`${path} is not YAML (${codeOf(error) || 'syntax'})`);
  }
  const result = type.safeParse(value ?? whenEmpty);
  if (result.success) return result.data;
  const faults = result.error.issues.map(
    (issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`,
  );
  throw new ConfigError(`${path}: ${faults.join('; ')}`);
}
