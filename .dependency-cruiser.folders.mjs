// The one rule about whole folders. It stands apart because specs and what they share reach across folders, and a rule
// about folders cannot leave single files out.
import rules from './.dependency-cruiser.mjs';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circular-folders',
      comment: 'Folders that need each other are one folder, or something in one of them belongs elsewhere.',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    ...rules.options,
    exclude: { path: ['^dist/', '\\.(int-|e2e-)?spec\\.ts$', '^(apps|libs)/[^/]+/testing/'] },
  },
};
