// Events by Express: node express.js PORT.
const express = require("express");
const app = express();
const streams = new Set();
let last = 0;

app.get("/subscribe", (request, response) => {
  response.set({ "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  // Without this line the head of a stream comes with the first event.
  if (!process.env.WITHHOLD) response.flushHeaders();
  streams.add(response);
  response.on("close", () => streams.delete(response));
});
app.post("/publish", express.urlencoded(), (request, response) => {
  last += 1;
  for (const stream of streams) stream.write(`id: ${last}\ndata: ${request.body.keyword}\n\n`);
  response.sendStatus(204);
});
app.listen(process.argv[2], "127.0.0.1");
