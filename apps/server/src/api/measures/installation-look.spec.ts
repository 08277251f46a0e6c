import { InstallationLook } from './installation-look.js';

type Parts = ConstructorParameters<typeof InstallationLook>;

/** A look at an installation without anything, whose broker counts dead letters like this. */
function lookWith(counts: () => Promise<Map<string, number>>, overdue = new Set<string>()): InstallationLook {
  const none = (): Promise<never[]> => Promise.resolve([]);
  const parts = [
    { standing: (_: Date, away: unknown) => Promise.resolve({ away }), openByDp: none },
    { list: none },
    { overdueAmong: () => Promise.resolve(overdue), lackingAccount: () => Promise.resolve(new Set()) },
    { open: none },
    { active: none },
    { list: none },
    { list: none },
    { countUnlinked: () => Promise.resolve(0) },
    { newestCheckpoint: () => Promise.resolve(null) },
    { counts },
    { METRICS_DPS: 10 },
  ];
  return new InstallationLook(...(parts as unknown as Parts));
}

describe('a look at the installation', () => {
  it('leaves the dead letters out when the broker says nothing, and shows the rest at once', async () => {
    const seen = await lookWith(() => new Promise(() => undefined)).look();
    expect(seen).toMatchObject({ deadLetters: null, dps: [] });
  });

  it('leaves them out when the broker is away', async () => {
    const seen = await lookWith(() => Promise.reject(new Error('away'))).look();
    expect(seen).toMatchObject({ deadLetters: null, dps: [] });
  });

  it('asks for the oldest order without those of overdue DPs', async () => {
    const overdue = new Set(['north']);
    const seen = await lookWith(() => Promise.resolve(new Map()), overdue).look();
    expect(seen).toMatchObject({ overdue, orders: { away: overdue } });
  });
});
