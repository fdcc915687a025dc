// One line for all tabs of a browser, as it has six connections for one server. A tab tells when it is seen and when not.

import { close, listen, wake } from "./line.js";

// From one tab to the next, or through a reload, the line is kept.
const UNSEEN = 10_000;

const tabs = new Set();
const latest = {};
let timer;

listen((...news) => {
  latest[news[0]] = news;
  for (const tab of tabs) tab.postMessage(news);
});

globalThis.onconnect = ({ ports: [tab] }) => {
  tab.onmessage = ({ data: { isSeen, isDoubtful } }) => {
    clearTimeout(timer);
    tabs.delete(tab);
    if (isSeen) show(tab, isDoubtful);
    if (!tabs.size) timer = setTimeout(close, UNSEEN);
  };
};

function show(tab, isDoubtful) {
  tabs.add(tab);
  wake(isDoubtful);
  for (const news of Object.values(latest)) tab.postMessage(news);
}
