/** Numbers as people read them. */

export const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)} %`;

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`;
}

/** 269722 -> 0.27 M */
export const millions = (count: number): string => `${(count / 1e6).toFixed(count < 1e7 ? 2 : 1)} M`;

/** 0.123 ± 0.004 in percent; without the spread where there is only one value. */
export const meanAndSpread = (mean: number, std: number | null): string =>
  std === null ? percent(mean) : `${(100 * mean).toFixed(2)} ± ${(100 * std).toFixed(2)} %`;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (c) => ESCAPES[c] ?? c);
