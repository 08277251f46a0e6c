import type { DistributionPointRepository } from '#persistence';
import { textIn } from '#texts';
import { DpNames } from './dp-names.js';

describe('texts that mention DPs', () => {
  const findByIds = jest.fn((ids: readonly string[]) =>
    Promise.resolve(ids.filter((id) => id !== 'gone').map((id) => ({ id, name: `${id} by name` }))),
  );
  const names = new DpNames({ findByIds } as unknown as DistributionPointRepository);

  beforeEach(() => findByIds.mockClear());

  it('say their names, also in texts within texts; one that is gone keeps its id', async () => {
    const passedOn = {
      key: 'timeline.order-passed-on',
      params: { dpBefore: 'gone', failureCode: '', dp: 'site' },
    } as const;
    const raised = {
      key: 'timeline.alert-raised.detail',
      params: { detail: { key: 'alert.orderWaits', params: { dp: 'site', time: '12:00' } } },
    } as const;
    const named = await names.forTexts([passedOn, raised]);
    expect(textIn('en', named(passedOn))).toBe(
      'gone could not do it. Distribution point site by name tries it now.',
    );
    expect(textIn('en', named(raised))).toContain('waits for distribution point site by name');
    expect(findByIds.mock.calls).toEqual([[['gone', 'site']]]);
  });

  it('are looked up only where one is mentioned', async () => {
    const text = { key: 'computer.deleted' } as const;
    expect((await names.forTexts([text, { text: 'as earlier versions stored it: dp' }]))(text)).toEqual(text);
    expect(findByIds).not.toHaveBeenCalled();
  });
});
