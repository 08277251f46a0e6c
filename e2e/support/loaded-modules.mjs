// Given to a program by NODE_OPTIONS=--import: says on standard error which modules of OpenTelemetry it loads.
import { registerHooks } from 'node:module';

registerHooks({
  load(url, context, next) {
    const [, name] = /node_modules\/(@opentelemetry\/[\w-]+)\//.exec(url) ?? [];
    if (name !== undefined) process.stderr.write(`loaded ${name}\n`);
    return next(url, context);
  },
});
