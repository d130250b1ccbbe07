// A claim: compute it again, and show what came of it in the place of what is stored.

import { at, say } from "/static/dom.js";
import { piece, place, Run } from "/static/run.js";

const { claim } = at("piece").dataset;
const run = new Run("Computing it again; this can take half a minute.", {
  done: async (id) => {
    place(await piece("GET", `/jobs/${id}/claim`));
    document.body.dataset.answer = "exact";
    say(at("spoken"), "Computed again.");
    at("computed").scrollIntoView({ block: "start" });
  },
});
at("again").disabled = false;
at("again").addEventListener("click", () => run.start(`/api/claims/${claim}/run`, {}));
window.page = { settled: () => run.settled };
