// The editor's script: what makes it quick. Every change also works as a plain form.
//
// Several of these listen to the same events. Their order here is the order in which they hear of them.
import "./values.js";
import "./editor/saving.js";
import "./editor/picker.js";
import "./editor/selection.js";
import "./editor/menus.js";
import "./editor/current.js";
import "./editor/previews.js";
import "./editor/completion.js";
import "./editor/data.js";
import "./editor/commands.js";
import "./editor/clipboard.js";
import "./editor/dragging.js";
import "./editor/canvas.js";
import "./editor/follow.js";
import "./editor/pan.js";
import "./editor/map.js";
import "./editor/presence.js";
import "./editor/rename.js";

document.documentElement.classList.add("scripted");
