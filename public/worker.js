// One line for all tabs: a browser has six connections for a server.

import { close, listen, wake } from "./line.js";

// Who looks elsewhere for a moment keeps the line.
const UNSEEN = 10_000;

// The tabs that are seen, and all tabs: a hidden one wants to know of a newer page.
const tabs = new Set(), all = new Set();
const latest = {};
let timer;

listen((...news) => {
  latest[news[0]] = news;
  for (const tab of news[0] === "page" ? all : tabs) tab.postMessage(news);
});

onconnect = ({ ports: [tab] }) => {
  tab.onmessage = ({ data: { isSeen, anew, isGone } }) => {
    clearTimeout(timer);
    tabs.delete(tab);
    isGone ? all.delete(tab) : all.add(tab);
    if (isSeen) show(tab, anew);
    if (!tabs.size) isGone ? close() : (timer = setTimeout(close, UNSEEN));
  };
};

function show(tab, anew) {
  tabs.add(tab);
  wake(anew);
  for (const news of Object.values(latest)) tab.postMessage(news);
}
