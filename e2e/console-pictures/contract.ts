import { Ajv2020 } from 'ajv/dist/2020.js';
import { servedDocument } from '../../tools/console-types.ts';
import type { Recorded } from './recording.js';

interface Operation {
  responses?: Record<string, { content?: Record<string, { schema?: object }> }>;
}

/** What recorded answers say that the server would not say today: no picture may be of a server that there is not any more. */
export function contractFaults({ answers }: Recorded): string[] {
  const document = servedDocument();
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ ...document, $id: 'api' }, 'api');
  const faults: string[] = [];
  for (const [key, { status, body }] of Object.entries(answers)) {
    const [, method = '', asked = ''] = /(GET|POST) ([^?]*)/.exec(key) ?? [];
    const path = asked.split('/');
    const template = Object.keys(document.paths)
      .toSorted((a, b) => a.split('{').length - b.split('{').length)
      .find((one) => {
        const parts = one.split('/');
        return (
          parts.length === path.length && parts.every((part, at) => part.startsWith('{') || part === path[at])
        );
      });
    if (template === undefined) {
      faults.push(`${key}: there is no such call`);
      continue;
    }
    // errors are of one shape, and shown by their words
    if (status >= 400) continue;
    const { responses } = (document.paths[template]?.[method.toLowerCase()] ?? {}) as Operation;
    const schema = responses?.[status]?.content?.['application/json']?.schema;
    if (schema === undefined) continue;
    const wanted = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object;
    if (!ajv.validate(wanted, body)) faults.push(`${key}: ${ajv.errorsText()}`);
  }
  return faults;
}
