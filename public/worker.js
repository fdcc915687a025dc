// One line for all tabs: a browser has six connections for a server.

import { close, listen, wake } from "./line.js";

// Through a reload, the line is kept.
const UNSEEN = 10_000;

const tabs = new Set();
const latest = {};
let timer;

listen((...news) => {
  latest[news[0]] = news;
  for (const tab of tabs) tab.postMessage(news);
});

onconnect = ({ ports: [tab] }) => {
  tab.onmessage = ({ data: { isSeen, anew } }) => {
    clearTimeout(timer);
    tabs.delete(tab);
    if (isSeen) show(tab, anew);
    if (!tabs.size) timer = setTimeout(close, UNSEEN);
  };
};

function show(tab, anew) {
  tabs.add(tab);
  wake(anew);
  for (const news of Object.values(latest)) tab.postMessage(news);
}
