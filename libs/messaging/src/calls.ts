import type { PipeTransform } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { IMPORTER_RPC, RPC, type CallPattern, type Calls, type Message } from '#contract';
import { QUEUES } from './topology.js';

/** Where each call is taken. */
export const CALL_QUEUES: Readonly<Record<CallPattern, string>> = {
  [RPC.claim]: QUEUES.rpc,
  [RPC.returnLeases]: QUEUES.rpc,
  [RPC.identity]: QUEUES.rpc,
  [RPC.enrol]: QUEUES.rpc,
  [RPC.keys]: QUEUES.rpc,
  [RPC.proof]: QUEUES.rpc,
  [RPC.queue]: QUEUES.rpc,
  [RPC.register]: QUEUES.rpc,
  [RPC.contact]: QUEUES.rpc,
  [RPC.releaseFile]: QUEUES.rpc,
  [RPC.agentBundle]: QUEUES.rpc,
  [RPC.agentFile]: QUEUES.rpc,
  [IMPORTER_RPC.key]: QUEUES.importerRpc,
  [IMPORTER_RPC.testDirectory]: QUEUES.importerRpc,
};

type Handler<Pattern extends CallPattern> = (
  request: Calls[Pattern]['request'],
  ...more: never[]
) => Promise<Calls[Pattern]['response']>;

/** Marks the method that answers a call; one that takes or answers anything else does not compile. */
export function HandleCall<Pattern extends CallPattern>(pattern: Pattern) {
  return <Method extends Handler<Pattern>>(
    target: object,
    name: string | symbol,
    method: TypedPropertyDescriptor<Method>,
  ): void => {
    MessagePattern(pattern, { queue: CALL_QUEUES[pattern] })(target, name, method);
  };
}

/** The content of a message, once it is known to keep its contract. */
export const Content = <T>(message: Message<T>): ParameterDecorator => Payload(new ContractPipe(message));

class ContractPipe<T> implements PipeTransform<unknown, T> {
  constructor(private readonly message: Message<T>) {}

  /** @throws ContractViolation naming every fault */
  transform(value: unknown): T {
    return this.message.parse(value);
  }
}
