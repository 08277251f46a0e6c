import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly refId: string; readonly expr: string }[];
}

/** A board as Grafana takes it, as far as it is looked at here. */
export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition: string }[] };
  readonly panels: readonly Panel[];
}

export function boards(root: string): Board[] {
  return globSync('deploy/grafana/boards/*.json', { cwd: root }).map(
    (path) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Board,
  );
}

/** Names of measures in a query of PromQL. */
export function measuresIn(query: string): string[] {
  const withoutTexts = query.replaceAll(/"[^"]*"/g, '""');
  return withoutTexts.match(/\b(?:relaypoint|nodejs|process|rabbitmq)_\w+/g) ?? [];
}

/** Names that a program shows at /metrics, also of measures that have no series just now. */
export function measuresShown(metrics: string): string[] {
  return Array.from(metrics.matchAll(/^(?:# TYPE )?([a-z]\w*)[ {]/gm), ([, name = '']) => name);
}
