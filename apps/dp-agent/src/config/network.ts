import { readFileSync } from 'node:fs';
import { setGlobalProxyFromEnv } from 'node:http';
import tls from 'node:tls';
import { type Config, ConfigError, inState } from './config.js';
import { messageOf } from '../base/log.js';

/**
 * Applies the network settings to every request of this process: a CA to trust besides the public ones, and the proxy. One
 * that the configuration does not name is taken from HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as other programs do.
 * Computers are reached without a proxy in any case.
 *
 * @throws ConfigError when the CA file cannot be used
 */
export function setUpNetwork(state: string, config: Pick<Config, 'caFile' | 'proxy' | 'noProxy'>): void {
  if (config.caFile !== undefined) trustCaFile(inState(state, config.caFile));
  setGlobalProxyFromEnv(proxyEnvironment(config));
}

/** Trusts the certificates of a file (PEM) besides those that Node trusts already. */
function trustCaFile(path: string): void {
  try {
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(path, 'utf8')]);
  } catch (error) {
    throw new ConfigError(`${path} (caFile) holds no certificate that can be used: ${messageOf(error)}`);
  }
}

function proxyEnvironment({ proxy, noProxy }: Pick<Config, 'proxy' | 'noProxy'>): NodeJS.ProcessEnv {
  if (proxy === undefined) return process.env;
  return { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: noProxy.join(',') };
}

/** The proxy that requests go through, without its password; null for none. */
export function proxyInUse(config: Pick<Config, 'proxy' | 'noProxy'>): string | null {
  const env = proxyEnvironment(config);
  const text = env['https_proxy'] ?? env['HTTPS_PROXY'] ?? env['http_proxy'] ?? env['HTTP_PROXY'];
  const url = URL.parse(text ?? '');
  return url && `${url.protocol}//${url.host}`;
}
