import {
  EVENT_KINDS,
  EVENT_SOURCES,
  FAILURE_CODES,
  IMPORT_FAULT_CODES,
  IMPORT_MESSAGE_SEVERITIES,
  IMPORT_SEVERITIES,
  WEEKDAYS,
  type AccountUse,
  type DirectoryCursor,
  type DirectorySchedule,
  type ImportFault,
  type ImportMessage,
  type ImportMessageCode,
  type Inventory,
  type OrderEntry,
  type TimelineEvent,
} from '#domain';
import {
  checked,
  date,
  facts,
  flag,
  list,
  nullable,
  number,
  oneOf,
  oneOfShapes,
  optional,
  part,
  text,
  type Field,
  type StoredAs,
} from './schema.js';

/** Parts that documents of several collections hold. */

const entryFields = {
  dp: nullable(text),
  at: date,
  seq: optional(number),
  source: oneOf(EVENT_SOURCES),
  kind: oneOf(EVENT_KINDS),
  from: nullable(text),
  to: nullable(text),
  data: facts<Record<string, unknown>>(),
};

export const eventFields = {
  tenant: text,
  computer: text,
  order: nullable(text),
  importRun: nullable(text),
  ...entryFields,
};

/** A text by its key and parameters; documents of earlier versions have it in words. */
export const storedText = {
  key: optional(text),
  params: optional(facts<unknown>()),
  text: optional(text),
};

/** What an order tells of itself. */
export const orderTimeline = optional(list(part<OrderEntry>({ id: text, ...entryFields })));

/** Entries that the timeline may lack. */
export const untold = optional(list(part<TimelineEvent>({ id: text, ...eventFields })));

export const inventory = part<Inventory>({
  os: nullable(text),
  version: nullable(text),
  description: nullable(text),
  location: nullable(text),
  ou: nullable(text),
  enabled: nullable(flag),
  lastLogon: nullable(date),
});

export const importMessages = list(
  oneOfShapes<ImportMessage>({
    code: oneOf(Object.keys(IMPORT_MESSAGE_SEVERITIES) as ImportMessageCode[]),
    severity: oneOf(IMPORT_SEVERITIES),
    ...storedText,
  }),
);

/** A failure, or that it worked. */
export const outcome = oneOf([...FAILURE_CODES, 'OK']);

export const accountUse = part<AccountUse>({ order: text, round: number, at: date, result: outcome });

/** `all`, or a list of ids. */
export function allOrSome<Value extends 'all' | readonly string[]>(): Field<StoredAs<Value>> {
  return checked(
    (value) => value === 'all' || (Array.isArray(value) && value.every((one) => typeof one === 'string')),
  );
}

/** What stopped a run. */
export const importFault = oneOfShapes<ImportFault>({
  code: oneOf(IMPORT_FAULT_CODES),
  line: nullable(number),
  ...storedText,
});

export const directorySchedule = oneOfShapes<DirectorySchedule>({
  every: optional(number),
  times: optional(list(text)),
  days: optional(list(oneOf(WEEKDAYS))),
  timeZone: optional(text),
});

export const directoryCursor = part<DirectoryCursor>({ server: text, invocation: text, usn: number });
