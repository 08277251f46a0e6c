import { CreateRolloutDto, WaveProofInputDto } from './rollout-input.dto.js';
import { rolloutInput } from './rollout-input.js';

describe('what is asked of a rollout', () => {
  it('may name a part of the proof, and has the usual rest of it', () => {
    const proof = Object.assign(new WaveProofInputDto(), { settle: 0 });
    const body = Object.assign(new CreateRolloutDto(), { name: 'Holidays', computers: ['c-1'], proof });
    expect(rolloutInput(body).proof).toEqual({ share: 90, state: 'registered', settle: 0 });
  });

  it('grows with first installations only: whoever has just been installed would be installed again', () => {
    const filter = { folder: 'registered' } as const;
    const asked = (kind: 'install-client' | 'reinstall') =>
      rolloutInput(Object.assign(new CreateRolloutDto(), { name: 'New', filter, growing: true, kind }));
    expect(asked('install-client').growing).toBe(true);
    expect(() => asked('reinstall')).toThrow(
      expect.objectContaining({ faults: [expect.objectContaining({ path: 'growing', code: 'kind' })] }),
    );
  });

  it.each([{ text: 'berlin' }, { failure: 'DISK_FULL' }, { attention: true }])(
    'does not grow by %j, which a server of the version before would not know',
    (filter) => {
      const body = Object.assign(new CreateRolloutDto(), { name: 'New', filter, growing: true });
      expect(() => rolloutInput(body)).toThrow(
        expect.objectContaining({ faults: [expect.objectContaining({ code: 'growing' })] }),
      );
      expect(rolloutInput(Object.assign(body, { growing: false })).growing).toBe(false);
    },
  );
});
