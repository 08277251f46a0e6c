/** Who did what, from where, to what; append only. */
export interface AuditEntry {
  id: string;
  at: Date;
  /** Null: nobody who is known; a security event. */
  who: { id: string; name: string } | null;
  address: string | null;
  /** Such as `dp.enabled`. */
  action: string;
  /** Such as `dp:munich`. */
  target: string;
  /** Null: it belongs to no tenant, and is shown to those who see all of them. */
  tenant: string | null;
  /** Before and after, without secrets. */
  data: Record<string, unknown>;
}
