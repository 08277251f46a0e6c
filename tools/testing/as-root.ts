/**
 * `describe` for tests with SSH or Windows computers or a Samba domain: namespaces and fixed ports below 1024 are root's. For an
 * ordinary user they are skipped, each by its name, and `npm test` says why.
 */
export const describeAsRoot: jest.Describe = process.getuid?.() === 0 ? describe : describe.skip;
