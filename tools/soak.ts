// npm run soak: thirty minutes of cuts with 2,000 orders (SOAK_MINUTES, SOAK_ORDERS, SOAK_SITES, SOAK_EVERY).
const wanted = { SOAK_MINUTES: '30', SOAK_ORDERS: '2000', SOAK_SITES: '20' };
for (const [name, value] of Object.entries(wanted)) process.env[name] ??= value;
process.argv.push('e2e/soak');
await import('./test.ts');
