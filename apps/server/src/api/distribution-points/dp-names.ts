import { Injectable } from '@nestjs/common';
import type { DpId } from '#domain';
import { DistributionPointRepository } from '#persistence';
import type { MessageDescriptor, StoredText, TextParam, TextParams } from '#texts';

/** Places of texts that hold the id of a DP. */
const PLACES = ['dp', 'dpBefore'];

/** Puts names in the place of ids. */
export type NameDps = <Message extends StoredText>(message: Message) => Message;

/** What texts call DPs: what makes and stores them knows ids only. */
@Injectable()
export class DpNames {
  constructor(private readonly dps: DistributionPointRepository) {}

  /** For these texts, whose DPs are looked up at once; a DP that is gone keeps its id. */
  async forTexts(messages: readonly StoredText[]): Promise<NameDps> {
    const ids = new Set<string>();
    for (const message of messages) withDps(message, (id) => (ids.add(id), id));
    if (ids.size === 0) return (message) => message;
    const found = await this.dps.findByIds([...ids] as DpId[]);
    const names = new Map<string, string>(found.map(({ id, name }) => [id, name]));
    return (message) => withDps(message, (id) => names.get(id) ?? id);
  }
}

/** The text with each id of a DP in it, and in the texts within it, put through `change`. */
function withDps<Message extends StoredText>(message: Message, change: (id: string) => string): Message {
  if (!('key' in message) || message.params === undefined) return message;
  const params: TextParams = Object.fromEntries(
    Object.entries(message.params).map(([place, param]): [string, TextParam] => {
      if (typeof param === 'string') return [place, PLACES.includes(place) ? change(param) : param];
      return [place, isText(param) ? withDps(param, change) : param];
    }),
  );
  return { ...message, params };
}

function isText(param: TextParam): param is MessageDescriptor {
  return typeof param === 'object' && 'key' in param;
}
