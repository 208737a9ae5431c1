import { locale, t } from '../i18n';

/** The present, for what shows an age: one timer for all. */
class Clock {
  now: number = $state(Date.now());

  run(signal: AbortSignal): void {
    const timer = setInterval(() => (this.now = Date.now()), 1_000);
    signal.addEventListener('abort', () => clearInterval(timer));
  }
}

export const clock = new Clock();

/** "6 min": how long it is between two moments, in one unit. */
export function age(from: string | number, to = clock.now): string {
  const minutes = Math.floor(Math.abs(to - new Date(from).getTime()) / 60_000);
  if (minutes < 1) return t.time.now;
  if (minutes < 60) return t.time.minutes(minutes);
  if (minutes < 24 * 60) return t.time.hours(Math.floor(minutes / 60));
  return t.time.days(Math.floor(minutes / (24 * 60)));
}

/** "1:12": how long something has been running. */
export function running(from: string | number, to = clock.now): string {
  const seconds = Math.max(0, Math.floor((to - new Date(from).getTime()) / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (part: number) => String(part).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** "9:38", or with the day when that is another one. */
export function timeOf(at: string | number): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date(clock.now).toDateString();
  return new Intl.DateTimeFormat(locale, {
    ...(isToday ? {} : { month: 'short', day: 'numeric' }),
    hour: 'numeric',
    minute: '2-digit',
  }).format(date);
}
