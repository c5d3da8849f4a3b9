// In the privacy centre, where the person does not agree to notices, or not any more: forgets the visit that this browser was to look after,
// and all that it kept of it. One that was armed in a browser without cookies has its yes in the browser alone, and is stopped at /notices.

import { forget, kept } from "./notices/kept.js";

if (!kept()?.is_unremembered) forget(true);
