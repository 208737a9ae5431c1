// Days of this device's calendar, by their dates as the server writes them: "2026-11-29".
import { locale } from '../i18n';

const two = (part: number) => String(part).padStart(2, '0');

export function dateOf(day: Date): string {
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** So many days up to this one, the oldest first. */
export function lastDays(count: number, today: string): string[] {
  return Array.from({ length: count }, (_, index) => dateOf(parsed(today, index - count + 1)));
}

/** By the calendar: not every day has 24 hours. */
function parsed(date: string, later = 0): Date {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return new Date(year, month - 1, day + later);
}

const SHORT = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric' });
const LONG = new Intl.DateTimeFormat(locale, { weekday: 'short', month: 'short', day: 'numeric' });

/** "Nov 29" */
export const shortDay = (date: string): string => SHORT.format(parsed(date));
/** "Sun, Nov 29" */
export const longDay = (date: string): string => LONG.format(parsed(date));
