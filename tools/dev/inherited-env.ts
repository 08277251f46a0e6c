/** Of our environment, what one program alone is to know: it is given to that one. */
const OURS = new Set([
  'MONGODB_URI',
  'AMQP_URL',
  'AMQP_MANAGEMENT_URL',
  'ADMIN_USER',
  'ADMIN_PASSWORD',
  'API_TOKEN',
  'PORT',
]);

/** What every program that is started here gets of our environment. */
export function inheritedEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.has(name)));
}
