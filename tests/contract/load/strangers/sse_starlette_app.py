"""Events by sse-starlette: uvicorn --app-dir DIRECTORY --port PORT sse_starlette_app:app."""

import asyncio
from urllib.parse import parse_qs

from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

queues = set()
last = 0


async def events():
    queue = asyncio.Queue()
    queues.add(queue)
    try:
        while True:
            yield await queue.get()
    finally:
        queues.discard(queue)


async def subscribe(request):
    return EventSourceResponse(events())


async def publish(request):
    global last
    last += 1
    keyword = parse_qs((await request.body()).decode())["keyword"][0]
    for queue in queues:
        queue.put_nowait({"id": str(last), "data": keyword})
    return Response(status_code=204)


app = Starlette(
    routes=[
        Route("/subscribe", subscribe),
        Route("/publish", publish, methods=["POST"]),
    ]
)
