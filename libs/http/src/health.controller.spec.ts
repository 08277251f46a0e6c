import { ServiceUnavailableException } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { Registry } from 'prom-client';
import { HealthController } from './health.controller.js';

describe('the gauge of what a program needs', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('tells of a dependency that hangs once its look has ended, though no scrape waits so long', async () => {
    const looks: ((fault: Error) => void)[] = [];
    const health = { check: () => new Promise((_, reject) => looks.push(reject)) };
    const metrics = new Registry();
    const options = { dependencies: {}, metricsToken: undefined, build: { version: '1.2.3', commit: null } };
    const controller = new HealthController(
      health as unknown as HealthCheckService,
      {} as HealthIndicatorService,
      {} as ModuleRef,
      options,
      metrics,
      'importer',
    );
    const scrape = async (): Promise<string[]> => {
      const text = metrics.metrics();
      await jest.advanceTimersByTimeAsync(1_000);
      return (await text).split('\n').filter((line) => line.startsWith('relaypoint_dependency_up'));
    };

    expect(await scrape()).toEqual([]);
    looks[0]?.(new ServiceUnavailableException({ details: { database: { status: 'down' } } }));
    expect(await scrape()).toEqual(['relaypoint_dependency_up{dependency="database"} 0']);
    expect(looks).toHaveLength(2);
    expect(controller.live()).toEqual({ status: 'ok' });
    expect(controller.version()).toMatchObject({
      program: 'importer',
      version: '1.2.3',
      protocols: { dp: 1 },
      schema: null,
    });
  });
});
