// In the privacy centre, where the person does not agree to notices, or not any more: forgets the visit that this browser was to look after,
// and all that it kept of it; other tabs stop at once. One that was armed in a browser without cookies has its yes in the browser alone, and
// is stopped at /notices.

import { forget, keepOutside, keepStopping, kept } from "./notices/kept.js";
import { tellTabs } from "./notices/tabs.js";

if (!kept()?.is_unremembered) forget(true);
keepStopping([]); // nothing is armed, or it is of a key that is not here any more
keepOutside(false);
tellTabs("stopped");
