import {
  COMPUTER_STATES,
  DEFAULT_SETTINGS,
  DP_STATES,
  EVENT_SOURCES,
  IMPORT_STATES,
  IMPORT_VERDICTS,
  ORDER_KINDS,
  ORDER_STATES,
  PHASES,
  ROLES,
  WAIT_CODES,
} from '#domain';
import { CATALOGUE } from '#texts';
import { unfilledPlaces, unusedKeys } from './texts/keys.js';
import { sentencesIn } from './texts/sentences.js';
import { CONSOLE, parsed, sourcesOf, SPEAKING } from './texts/sources.js';

const { en } = CATALOGUE;
const texts = Object.values({ ...en.shared, ...en.api, ...en.console });
const speaking = sourcesOf(SPEAKING);
const ofConsole = sourcesOf(CONSOLE);

/**
 * What is English by design: API documents speak to programs; the start, the broker, the database and work in the
 * background speak to operators; what a connection failed with stands as it came beside the text of its outcome; the last
 * ones only name what they look for.
 */
const ENGLISH = [
  /^apps\/dp-gateway\/src\/create-app\.ts$/,
  /^libs\/(?:messaging|persistence)\//,
  /^apps\/server\/src\/engine\/(?:audit|deadlines|dispatch|holds|intake|retention)\//,
  /^apps\/server\/src\/platform\/keys\//,
  /\/(?:directory-sweeper|notice-worker|rollout-runner)\.ts$/,
  /\/outgoing-post\.ts$/,
  /\/(?:main|env|[a-z]+-env|openapi(?:-[a-z]+)?|first-admin)\.ts$/,
  /\/(?:directory-session|dp-suggestion|heading-words|import-header|state-machine)\.ts$/,
];
const inCatalogue = speaking.filter(({ fileName }) => !ENGLISH.some((one) => one.test(fileName)));

describe('the texts of the catalogue', () => {
  it('are all used', () => {
    expect(unusedKeys(Object.keys(en.api), texts, speaking)).toEqual([]);
    expect(unusedKeys(Object.keys(en.console), texts, ofConsole)).toEqual([]);
    expect(unusedKeys(Object.keys(en.shared), texts, [...speaking, ...ofConsole])).toEqual([]);
  });

  it('would be found unused, unless a template or another text names them', () => {
    const source = parsed('a.ts', "say('said.here'); say(`state.${state}`); say(`timeline.${kind}.detail`);");
    const keys = [
      'said.here',
      'said.here_one',
      'state.ready',
      'timeline.ready',
      'timeline.x.detail',
      'kind.probe',
    ];
    expect(unusedKeys([...keys, 'never.said'], ['a $t(kind.{{kind}})'], [source])).toEqual([
      'timeline.ready',
      'never.said',
    ]);
  });

  it('have their places filled where they are named', () => {
    const places = new Map(
      Object.entries({ ...en.shared, ...en.api, ...en.console }).map(([key, text]) => [
        key.replace(/_(?:one|other)$/, ''),
        [...text.matchAll(/\{\{(\w+)/g)].map(([, name = '']) => name),
      ]),
    );
    expect(unfilledPlaces(places, [...speaking, ...ofConsole])).toEqual([]);
  });

  it('would be found with a place that nothing fills', () => {
    const source = parsed(
      'a.ts',
      "throw new DomainError('X', 'a.b', { name });\nconst c = { key: 'a.b', params: { name, state: 1 } };\nconst d = { key: 'a.b' };",
    );
    expect(unfilledPlaces(new Map([['a.b', ['name', 'state']]]), [source])).toEqual([
      'a.ts:1 a.b: state',
      'a.ts:3 a.b: name, state',
    ]);
  });

  it('hold every sentence that the API and the console say', () => {
    expect(sentencesIn(inCatalogue)).toEqual([]);
    expect(sentencesIn(ofConsole)).toEqual([]);
  });

  it('would be found missing: sentences of a source, but not those of logs, errors and documentation', () => {
    const source = parsed(
      'a.tsx',
      `@ApiProperty({ description: 'Who owns this computer.' }) class A {}
       this.log.warn('the broker takes no messages');
       throw new Error('this cannot happen at all');
       const fault = { path: 'a', message: 'must be one of these' };
       const text = \`\${name} has been deleted since then\`;
       const shown = <b>Delete</b>;`,
    );
    expect(sentencesIn([source])).toEqual([
      'a.tsx:4 must be one of these',
      'a.tsx:5 … has been deleted since then',
      'a.tsx:6 Delete',
    ]);
  });

  it('name every state, code and kind that the server says', () => {
    const said: Readonly<Record<string, readonly string[]>> = {
      wait: WAIT_CODES,
      phase: PHASES,
      kind: ORDER_KINDS,
      'order.of': ORDER_KINDS,
      source: EVENT_SOURCES,
      setting: Object.keys(DEFAULT_SETTINGS),
      role: ROLES,
      state: [
        ...COMPUTER_STATES,
        ...ORDER_STATES,
        ...DP_STATES.filter((state) => state !== 'created'),
        ...IMPORT_STATES,
        ...IMPORT_VERDICTS,
      ],
    };
    const missing = Object.entries(said).flatMap(([group, values]) =>
      values
        .map((value) => `${group}.${value}`)
        .filter((key) => !Object.hasOwn(en.console, key) && !Object.hasOwn(en.shared, key)),
    );
    expect(missing).toEqual([]);
  });
});
