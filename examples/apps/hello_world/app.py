"""Says hello, and which server says it."""

import socket

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello():
    return f"Hello World from {socket.gethostname()}\n", {"Content-Type": "text/plain; charset=utf-8"}
