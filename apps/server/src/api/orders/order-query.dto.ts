import { IntersectionType, OmitType } from '@nestjs/swagger';
import { FAILURE_CODES, ORDER_KINDS, ORDER_STATES } from '#domain';
import { ORDER_SORT_FIELDS } from '#persistence';
import { Id, NestedField, OneOf, Slug, TextList, Time } from '../../platform/http/fields.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';

/** Which orders; all criteria must hold. */
export class OrderFilterDto {
  @Slug({ optional: true, description: 'DP that has them.' })
  dp?: string;

  @Slug({ optional: true, description: 'Tenant they belong to.' })
  tenant?: string;

  @Id({ optional: true, description: 'Computer they are for.' })
  computer?: string;

  @OneOf(ORDER_STATES, { optional: true, description: 'State they are in.' })
  state?: string;

  @OneOf(ORDER_KINDS, { optional: true, description: 'What is to be done.' })
  kind?: string;

  @OneOf(FAILURE_CODES, { optional: true, description: 'Code of their last failure.' })
  failure?: string;

  @Id({ optional: true, description: 'Brake that holds them back.' })
  brake?: string;

  @Time({ optional: true, description: 'Created at or after this time.' })
  since?: string;
}

class OrderSort {
  @Sort(ORDER_SORT_FIELDS)
  sort?: string;
}

export class OrdersQuery extends IntersectionType(ListQuery, OrderSort, OrderFilterDto) {}

/** The orders of a DP and the tenants that the caller sees. */
export class DpOrdersQuery extends OmitType(OrdersQuery, ['dp', 'tenant']) {}

/** Orders by id, or by filter. */
export class OrdersSelectionDto {
  @TextList({ optional: true, items: { min: 1, max: 40 }, min: 1, max: 10_000 })
  orders?: string[];

  @NestedField(() => OrderFilterDto, { optional: true })
  filter?: OrderFilterDto;
}
