import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findingsIn, LOOKED_AT } from './measure-rules.js';
import { samplesOf } from './measures.js';

const ROOT = join(__dirname, '..', '..', '..', '..');

describe('what the measures of a server say', () => {
  it('is read from the text format of Prometheus', () => {
    const text = [
      '# HELP relaypoint_dead_letters Messages',
      '# TYPE relaypoint_dead_letters gauge',
      'relaypoint_dead_letters{queue="relaypoint.status.dead",app="server"} 3',
      'relaypoint_dps_overdue 2',
      'relaypoint_brakes_open{by="person"} 4',
      'relaypoint_brakes_open{by="failures"} 0',
      'relaypoint_orders_oldest_queued_seconds 1799',
      'other{name="a \\"b\\" c"} 1e3',
    ].join('\n');
    const samples = samplesOf(text);
    expect(samples).toContainEqual({ name: 'other', labels: { name: 'a \\"b\\" c' }, value: 1000 });
    expect(findingsIn(samples)).toEqual([
      {
        where: 'broker',
        what: '3 messages that nobody could use lie on relaypoint.status.dead',
        todo: 'docs/runbooks/RelaypointDeadLetters.md',
      },
      {
        where: 'DPs',
        what: '2 have not been heard of for three poll intervals',
        todo: 'docs/runbooks/RelaypointDpOverdue.md',
      },
    ]);
  });

  it('goes by measures that the alerts go by, too, and leads to their pages', () => {
    const rules = readFileSync(join(ROOT, 'deploy/prometheus/rules.yml'), 'utf8');
    for (const { alert, measure } of LOOKED_AT) {
      const [, rule = ''] = rules.split(`- alert: ${alert}\n`);
      expect(rule.split('- alert:')[0]).toContain(measure);
      expect(readFileSync(join(ROOT, `docs/runbooks/${alert}.md`), 'utf8')).not.toBe('');
    }
  });
});
