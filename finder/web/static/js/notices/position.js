// Whether this page may see the position, as the browser tells.

/** What the browser says where it does not let the page see it: a code of a GeolocationPositionError. */
export const DENIED = 1;

/** Whether the browser has what notices need: positions, and workers that look at them. */
export const canWatch = "geolocation" in navigator && "Worker" in window;

/** Gives the PermissionStatus; null where the browser tells none. */
export async function permission() {
  return (await navigator.permissions?.query({ name: "geolocation" }).catch(() => null)) ?? null;
}
