// What the pages need of the browser: the key of this tab, and the way back after the server was lost.
window.engineDashboard = {
  takeKey() {
    const given = new URLSearchParams(location.hash.slice(1)).get("key");
    if (given) {
      sessionStorage.setItem("engine-key", given);
      history.replaceState(null, "", location.pathname + location.search);
    }
    return given ?? sessionStorage.getItem("engine-key");
  },
  keepKey(key) {
    sessionStorage.setItem("engine-key", key);
  },
  scrollToEnd(element, isFirst) {
    // Only who looks at the end wants to stay there.
    if (!element) return;
    if (isFirst || element.scrollHeight - element.scrollTop - element.clientHeight < 120) element.scrollTop = element.scrollHeight;
  },
};

const lost = document.getElementById("components-reconnect-modal");
const isRefused = () => ["components-reconnect-failed", "components-reconnect-rejected"].some((name) => lost.classList.contains(name));

// Another server knows nothing of this page, so the page begins anew: once the server answers.
const beginAnew = async () => {
  if (!isRefused()) return;
  try {
    const answer = await fetch("health/live", { cache: "no-store" });
    if (answer.ok) location.reload();
  } catch {
    // It is not back yet.
  }
};
new MutationObserver(beginAnew).observe(lost, { attributes: true, attributeFilter: ["class"] });
setInterval(beginAnew, 2000);

Blazor.start({
  logLevel: 3,
  circuit: {
    reconnectionOptions: { maxRetries: 100000, retryIntervalMilliseconds: (tries) => Math.min(500 * (tries + 1), 5000) },
  },
});
