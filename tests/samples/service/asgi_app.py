"""An ASGI application without a framework, that knows whether its lifespan ran."""

state = {"started": False}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        state["started"] = True
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    body = b"lifespan ran" if state["started"] else b"no lifespan"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


def make_app():
    return app
