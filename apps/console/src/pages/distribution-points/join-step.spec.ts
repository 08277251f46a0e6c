/// <reference types="jest" />
import { joinStep } from './join-step.js';

type Dp = Parameters<typeof joinStep>[1];

const dp = (state: Dp['state'], minute?: number): Dp => ({
  state,
  machines: minute === undefined ? [] : [{ joinedAt: new Date(minute * 60_000).toISOString() }],
});

describe('the machine that runs the line of a DP', () => {
  it('is waited for until one has joined', () => {
    expect(joinStep('waiting', dp('pending'), dp('pending'))).toBe('waiting');
    expect(joinStep('waiting', dp('pending'), dp('pending', 1))).toBe('joined');
    expect(joinStep('joined', dp('pending'), dp('enabled', 1))).toBe('enabled');
    expect(joinStep('waiting', dp('pending', 1), dp('pending', 1))).toBe('waiting');
  });

  it('has joined when it did so again, with whatever keys', () => {
    expect(joinStep('waiting', dp('enabled', 1), dp('pending', 2))).toBe('joined');
    expect(joinStep('joined', dp('enabled', 1), dp('enabled', 2))).toBe('enabled');
  });

  it('is not told to be enabled because its DP was so before', () => {
    expect(joinStep('waiting', dp('enabled', 1), dp('enabled', 1))).toBe('waiting');
    // its keys were changed meanwhile, which needs nobody
    expect(joinStep('waiting', dp('enabled', 1), dp('enabled', 2))).toBe('waiting');
  });

  it('is told to be enabled when somebody else was quicker', () => {
    expect(joinStep('waiting', dp('pending'), dp('enabled', 1))).toBe('enabled');
  });

  it('has not joined by what was known before its line was made', () => {
    expect(joinStep('waiting', dp('enabled', 5), dp('pending', 1))).toBe('waiting');
    expect(joinStep('joined', dp('pending', 1), dp('disabled', 2))).toBe('waiting');
  });
});
