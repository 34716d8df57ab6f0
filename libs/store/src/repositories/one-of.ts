import { sql, type SQL } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';

/**
 * Whether a column has one of the values. As one parameter: Drizzle's own `inArray` makes one of each, and of hundreds of
 * reports the longest part would be to write the statement.
 */
export const oneOf = (column: AnyPgColumn, values: Iterable<string | number | bigint>): SQL =>
  sql`${column} = any(${sql.param([...values])})`;
