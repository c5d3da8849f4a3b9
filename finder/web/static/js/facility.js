// The facility page's script: its place on the map.

import { setUpMap } from "./panel.js";

setUpMap();
