// Times in the zone that the user has chosen, else in the browser's; "3 min ago" for what is young.

const timeZone = document.documentElement.dataset.zone;

const short = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZone,
});
const long = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long", timeZone });
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });

const MINUTE = 60; // seconds
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Rewrite every `<time>` of the page. */
export function showTimes() {
  for (const time of document.querySelectorAll("time")) {
    if (!time.dateTime) continue;
    const then = new Date(time.dateTime);
    const seconds = (then.getTime() - Date.now()) / 1000;
    time.title = long.format(then);
    time.textContent = relative(seconds) ?? short.format(then);
  }
}

/**
 * @param {number} seconds from now; negative in the past
 * @returns {string | null} null for what is a day away or more
 */
function relative(seconds) {
  const distance = Math.abs(seconds);
  if (distance < MINUTE) return ago.format(Math.round(seconds), "second");
  if (distance < HOUR) return ago.format(Math.round(seconds / MINUTE), "minute");
  if (distance < DAY) return ago.format(Math.round(seconds / HOUR), "hour");
  return null;
}
