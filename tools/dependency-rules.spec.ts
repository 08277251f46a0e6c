import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = dirname(__dirname);
const RULES = '.dependency-cruiser.mjs';
const RULES_OF_FOLDERS = '.dependency-cruiser.folders.mjs';

/** A small tree in which everything is allowed. */
const SOUND = {
  'libs/texts/src/index.ts':
    "import { createInstance } from 'i18next';\nexport type Key = string;\nexport const make = createInstance;\n",
  'libs/domain/src/answer.key.ts': "import type { Key } from '#texts';\nexport const key: Key = 'answer';\n",
  'libs/domain/src/index.ts':
    "export { answer } from './answer.js';\nexport type { Answer } from './answer.js';\n",
  'libs/domain/src/answer.ts': 'export type Answer = number;\nexport const answer: Answer = 42;\n',
  'libs/domain/src/answer.spec.ts':
    "import fc from 'fast-check';\nimport { answer } from './answer.js';\nfc.assert(answer);\n",
  'libs/contract/src/index.ts':
    "import type { Answer } from '#domain';\nexport interface Wire { answer: Answer }\n",
  'libs/runtime/src/index.ts': "import pino from 'pino';\nexport const logger = pino();\n",
  'libs/messaging/src/index.ts':
    "import { logger } from '#runtime';\nimport '#texts';\nimport type { Wire } from '#contract';\nexport const send = (wire: Wire) => logger.info(wire);\n",
  'libs/persistence/src/index.ts':
    "import { answer } from '#domain';\nimport mongoose from 'mongoose';\nexport { answer, mongoose };\n",
  'libs/http/src/index.ts': "import { answer } from '#domain';\nimport '#texts';\nexport { answer };\n",
  'libs/sealing/src/index.ts': "export { randomBytes } from 'node:crypto';\n",
  'apps/server/src/main.ts':
    "import '#persistence';\nimport '#messaging';\nimport '#sealing';\nimport './app.module.js';\n",
  'apps/server/src/app.module.ts': "import '@nestjs/common';\n",
  'apps/dp-gateway/src/main.ts': "import '#domain';\nimport '#messaging';\n",
  'apps/importer/src/main.ts': "import '#persistence';\nimport '#contract';\n",
  'apps/dp-agent/src/main.ts': "import '#contract';\nimport '#sealing';\n",
  'apps/cli/src/main.ts': "import '#domain';\n",
  'apps/admin/src/main.ts':
    "import '#domain';\nimport '#persistence';\nimport '#runtime';\nimport '#sealing';\n",
  'apps/server/src/platform/http/problem.ts': 'export const problem = 1;\n',
  'apps/server/src/engine/order.ts': 'export const order = 1;\n',
  'apps/server/src/api/view.ts':
    "import { order } from '../engine/order.js';\nimport { problem } from '../platform/http/problem.js';\nexport const view = [order, problem];\n",
  'apps/importer/src/worker/worker.ts': 'export const worker = 1;\n',
  'apps/dp-agent/src/execution/order.ts': 'export const order = 1;\n',
  'apps/console/src/main.ts':
    "import type { Wire } from '#contract';\nimport '#texts';\nexport const first: Wire = { answer: 1 };\n",
} as const;

/** For each rule: files that break it, and nothing else. */
const BROKEN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'domain-imports-nothing': {
    'libs/domain/src/clock.ts': "import { hrtime } from 'node:process';\nexport { hrtime };\n",
    'libs/domain/src/logging.ts': "import pino from 'pino';\nexport { pino };\n",
    'libs/domain/src/speaking.ts': "import type { Wire } from '#contract';\nexport type Spoken = Wire;\n",
  },
  'domain-imports-text-types-only': {
    'libs/domain/src/wording.ts': "export { make } from '#texts';\n",
  },
  'texts-import-nothing-of-ours': {
    'libs/texts/src/logging.ts': "export { logger } from '#runtime';\n",
  },
  'contract-imports-domain': {
    'libs/contract/src/sealed.ts': "export type { randomBytes } from '#sealing';\n",
  },
  'contract-imports-domain-types-only': {
    'libs/contract/src/running.ts': "export { answer } from '#domain';\n",
  },
  'messaging-imports-contract-domain-runtime-and-texts': {
    'libs/messaging/src/storing.ts': "export { mongoose } from '#persistence';\n",
  },
  'persistence-imports-domain-runtime-and-texts': {
    'libs/persistence/src/sending.ts': "export { send } from '#messaging';\n",
  },
  'http-imports-contract-domain-and-texts': {
    'libs/http/src/probing.ts': "export { send } from '#messaging';\n",
  },
  'sealing-imports-nothing-of-ours': {
    'libs/sealing/src/logging.ts': "export { logger } from '#runtime';\n",
  },
  'runtime-imports-nothing-of-ours': {
    'libs/runtime/src/deciding.ts': "export { answer } from '#domain';\n",
  },
  'gateway-has-no-database': {
    'apps/dp-gateway/src/storing.ts': "export { mongoose } from '#persistence';\n",
    'apps/dp-gateway/src/reading.ts': "export { Schema } from 'mongoose';\n",
  },
  'agent-imports-contract-and-sealing': {
    'apps/dp-agent/src/logging.ts': "export { logger } from '#runtime';\n",
  },
  'agent-has-no-nest': { 'apps/dp-agent/src/module.ts': "export { Module } from '@nestjs/common';\n" },
  'cli-imports-domain': { 'apps/cli/src/storing.ts': "export { mongoose } from '#persistence';\n" },
  'admin-imports-domain-persistence-runtime-and-sealing': {
    'apps/admin/src/sending.ts': "export { send } from '#messaging';\n",
  },
  'console-imports-contract-types-only': {
    'apps/console/src/running.ts': "import * as contract from '#contract';\nexport { contract };\n",
  },
  'console-imports-contract-and-texts': {
    'apps/console/src/domain.ts': "export type { Answer } from '#domain';\n",
  },
  'apps-do-not-import-apps': {
    'apps/importer/src/borrowing.ts': "import '../../server/src/app.module.js';\n",
  },
  'libs-do-not-import-apps': {
    'libs/runtime/src/borrowing.ts': "import '../../../apps/server/src/app.module.js';\n",
  },
  'libs-are-imported-by-name': {
    'apps/server/src/burrowing.ts': "export { answer } from '../../../libs/domain/src/answer.js';\n",
    'libs/persistence/src/burrowing.ts': "export { answer } from '../../domain/src/answer.js';\n",
  },
  'sources-do-not-import-tests-or-tools': {
    'libs/domain/src/testing.ts': "import './answer.spec.js';\n",
    'tools/eventually.ts': 'export const eventually = 1;\n',
    'apps/server/src/testing.ts': "export { eventually } from '../../../tools/eventually.js';\n",
  },
  'sources-do-not-import-development-packages': {
    'apps/server/src/checking.ts': "export { default } from 'fast-check';\n",
  },
  'server-engine-does-not-import-api': {
    'apps/server/src/engine/calling.ts': "export { view } from '../api/view.js';\n",
  },
  'server-engine-has-no-http': {
    'apps/server/src/engine/answering.ts':
      "export { problem } from '../platform/http/problem.js';\nexport type { FastifyReply } from 'fastify';\n",
  },
  'server-platform-stands-below': {
    'apps/server/src/platform/climbing.ts': "export { order } from '../engine/order.js';\n",
    'apps/server/src/platform/looking.ts': "export { view } from '../api/view.js';\n",
  },
  'importer-reads-below-its-worker': {
    'apps/importer/src/reading/asking.ts': "export { worker } from '../worker/worker.js';\n",
  },
  'agent-methods-stand-below-execution': {
    'apps/dp-agent/src/methods/ordering.ts': "export { order } from '../execution/order.js';\n",
  },
  'no-circular': {
    'libs/runtime/src/hen.ts': "export { egg } from './egg.js';\n",
    'libs/runtime/src/egg.ts': "export { hen } from './hen.js';\nexport const egg = 1;\n",
  },
  'everything-resolves': { 'libs/runtime/src/missing.ts': "export { nothing } from './nothing.js';\n" },
};

/** Files of an example that are not named themselves: what is imported, and the second file of a cycle. */
const PROPS = new Set(['tools/eventually.ts', 'libs/runtime/src/hen.ts']);

interface Cruise {
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
    readonly ruleSetUsed: { readonly forbidden: readonly { readonly name: string }[] };
  };
}

/** What dependency-cruiser says about a tree of these files, under the project's own rules and settings. */
function cruise(files: Readonly<Record<string, string>>, config = RULES): Cruise['summary'] {
  const folder = mkdtempSync(join(tmpdir(), 'dependency-rules-'));
  try {
    for (const name of ['package.json', 'tsconfig.json', RULES, RULES_OF_FOLDERS]) {
      copyFileSync(join(ROOT, name), join(folder, name));
    }
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const command = join(ROOT, 'node_modules/.bin/depcruise');
    const args = ['--config', config, '--output-type', 'json', 'apps', 'libs'];
    const json = execFileSync(command, args, { cwd: folder, encoding: 'utf8', maxBuffer: 64 << 20 });
    return (JSON.parse(json) as Cruise).summary;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each violation as `rule: file`. */
function violationsIn(summary: Cruise['summary']): string[] {
  return [...new Set(summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`))].toSorted();
}

describe('the dependency rules', () => {
  it('let a sound tree pass', () => {
    expect(violationsIn(cruise(SOUND))).toEqual([]);
  }, 30_000);

  it('each have an example that breaks them', () => {
    const rules = cruise(SOUND).ruleSetUsed.forbidden.map(({ name }) => name);
    expect(Object.keys(BROKEN).toSorted()).toEqual(rules.toSorted());
  }, 30_000);

  it('find exactly the files that break them, each by its own rule', () => {
    const files = Object.assign({}, SOUND, ...Object.values(BROKEN)) as Record<string, string>;
    const expected = Object.entries(BROKEN).flatMap(([rule, broken]) =>
      Object.keys(broken)
        .filter((file) => !PROPS.has(file))
        .map((file) => `${rule}: ${file}`),
    );
    expect(violationsIn(cruise(files))).toEqual(expected.toSorted());
  }, 30_000);

  it('let no two folders need each other, though no two of their files do', () => {
    const circle = {
      'apps/server/src/engine/claim/claim.ts': "export { send } from '../dispatch/send.js';\n",
      'apps/server/src/engine/dispatch/send.ts': 'export const send = 1;\n',
      'apps/server/src/engine/dispatch/hold.ts': "export { lease } from '../claim/lease.js';\n",
      'apps/server/src/engine/claim/lease.ts': 'export const lease = 1;\n',
    };
    expect(violationsIn(cruise(SOUND, RULES_OF_FOLDERS))).toEqual([]);
    expect(violationsIn(cruise({ ...SOUND, ...circle }))).toEqual([]);
    expect(violationsIn(cruise({ ...SOUND, ...circle }, RULES_OF_FOLDERS))).toEqual([
      'no-circular-folders: apps/server/src/engine/claim',
      'no-circular-folders: apps/server/src/engine/dispatch',
    ]);
  }, 60_000);
});
