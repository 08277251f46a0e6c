// Jest runs everything as CommonJS: our TypeScript, and packages that ship ES modules only. Plain Node runs the
// real ES modules; e2e/ starts the built apps that way, so a fault that only shows there is found too.
const { createTransformer } = require('@swc/jest');

const commonjs = { type: 'commonjs' };
const typescript = createTransformer({
  swcrc: false,
  sourceMaps: 'inline',
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true, dynamicImport: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    keepClassNames: true,
  },
  module: commonjs,
});
const javascript = createTransformer({
  swcrc: false,
  sourceMaps: false,
  jsc: { target: 'es2023', parser: { syntax: 'ecmascript' } },
  module: commonjs,
});
const looksLikeEsm = /^\s*(?:import\b(?!\s*\()|export\b)|\bimport\.meta\b|\bimport\s*\(/m;
const transformerFor = (file) => (file.endsWith('.ts') ? typescript : javascript);

module.exports = {
  canInstrument: false,
  getCacheKey: (source, file, options) => transformerFor(file).getCacheKey(source, file, options),
  process(source, file, options) {
    if (!file.endsWith('.ts') && !looksLikeEsm.test(source)) return { code: source };
    return transformerFor(file).process(source, file, options);
  },
};
