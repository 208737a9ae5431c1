import type { ServerFieldsFragment } from '../api/generated';
import { locale, t } from '../i18n';

type Resources = NonNullable<ServerFieldsFragment['resources']>;
type Use = NonNullable<Resources['cpu']>;

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function bytes(count: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log(Math.max(1, count)) / Math.log(1024))));
  const scaled = count / 1024 ** power;
  return `${scaled < 10 && power > 0 ? scaled.toFixed(1) : Math.round(scaled)} ${UNITS[power]}`;
}

export function percent(use: Use | null | undefined): string {
  return use && use.total > 0 ? `${Math.round((100 * use.used) / use.total)} %` : t.unknown;
}

/** "9 of 16 GB": the unit once. */
export function share(use: Use | null | undefined): string {
  if (!use) return t.unknown;
  const [used, total] = [bytes(use.used), bytes(use.total)];
  const unit = total.split(' ')[1] ?? '';
  return t.server.of(used.endsWith(` ${unit}`) ? used.slice(0, -unit.length - 1) : used, total);
}

export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

/** US dollars, as far as they matter. */
export function dollars(cost: number): string {
  return `$${cost.toFixed(cost < 10 ? 2 : 0)}`;
}

const COMPACT = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });

/** "12.4K": how many, as far as it matters. */
export function roughly(count: number): string {
  return COMPACT.format(count);
}
