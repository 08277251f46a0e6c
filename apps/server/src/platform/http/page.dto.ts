import type { Type } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';

/** A page of a list. */
export interface PageOf<Item> {
  items: Item[];
  next: string | null;
  total: number;
}

/** The class that describes pages of an item to OpenAPI; give it a name by extending it. */
export function Page<Item>(item: Type<Item>): Type<PageOf<Item>> {
  class PageDto implements PageOf<Item> {
    @ApiProperty({ type: () => item, isArray: true })
    items: Item[];

    @ApiProperty({
      type: String,
      nullable: true,
      description: 'For `after` of the next page; null: this is the last one.',
    })
    next: string | null;

    @ApiProperty({
      type: 'integer',
      minimum: 0,
      maximum: 100_000,
      description: 'How many there are in all, counted up to 100,000.',
    })
    total: number;
  }
  return PageDto;
}

/** A page whose items are turned into what the API shows. */
export function mapPage<Stored, Shown>(page: PageOf<Stored>, show: (one: Stored) => Shown): PageOf<Shown> {
  return { items: page.items.map(show), next: page.next, total: page.total };
}
