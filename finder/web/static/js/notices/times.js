// Moments (what a Date reads) as a person is told them: by the clock of the place, an IANA time zone, and by the device's where it is undefined.

/** Gives the time, with its day where that is not today. */
export function timeText(moment, now, timeZone, locale) {
  const day = dayOf(moment, timeZone) === dayOf(now, timeZone) ? {} : { weekday: "short", day: "numeric", month: "short" };
  return new Date(moment).toLocaleString(locale, { timeZone, ...day, hour: "numeric", minute: "2-digit" });
}

/** Whether it is the midnight at which today ends. */
export function endsAtMidnight(moment, now, timeZone) {
  const last = dayOf(new Date(moment) - 1, timeZone);
  return last === dayOf(now, timeZone) && last !== dayOf(moment, timeZone);
}

function dayOf(moment, timeZone) {
  return new Date(moment).toLocaleDateString("en", { timeZone });
}
