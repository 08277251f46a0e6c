import { defineConfig, type Plugin } from 'vite';

/** Of the catalogue that server and console share, the bundle gets what the console says. */
const ownTexts: Plugin = {
  name: 'own-texts',
  enforce: 'pre',
  transform(source, id) {
    if (!/libs\/texts\/src\/\w+\.json$/.test(id)) return null;
    const { api: _, ...own } = JSON.parse(source) as Record<string, unknown>;
    return { code: JSON.stringify(own), map: null };
  },
};

export default defineConfig({
  base: '/console/',
  plugins: [ownTexts],
  resolve: { conditions: ['relaypoint-source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: '../../dist/apps/console',
    emptyOutDir: true,
    target: 'es2023',
    // they know light-dark(); what stands for it in older ones does not hear of the scheme that somebody chose
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    rolldownOptions: {
      // libraries mark what runs in browsers only; here everything does
      onLog: (level, log, say) => (log.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : say(level, log)),
    },
  },
});
