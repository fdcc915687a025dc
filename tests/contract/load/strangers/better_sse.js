// Events by better-sse: node better_sse.js PORT.
const express = require("express");
const { createChannel, createSession } = require("better-sse");
const app = express();
const channel = createChannel();

app.get("/subscribe", async (request, response) => {
  channel.register(await createSession(request, response));
});
app.post("/publish", express.urlencoded(), (request, response) => {
  channel.broadcast({ keyword: request.body.keyword });
  response.sendStatus(204);
});
app.listen(process.argv[2], "127.0.0.1");
