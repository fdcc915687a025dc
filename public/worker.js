// One line for all tabs, since a browser opens at most six connections to a server.

import { close, listen, wake } from "./line.js";

// Ms for which a line outlives the last visible tab: a short look elsewhere keeps the line.
const UNSEEN = 10_000;

// The visible tabs, and all tabs: hidden tabs, too, get word of a newer page.
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
