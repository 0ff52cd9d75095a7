import io
import os

from pyinfra import host
from pyinfra.operations import files, server

files.directory(name="directory", path="/etc/bench", mode="755")
for number, word in enumerate(["one", "two", "three", "four", "five"], 1):
    text = f"{word} {host.name}\n{os.environ['SALT']}\n"
    files.put(name=f"file {number}", src=io.StringIO(text), dest=f"/etc/bench/f{number}.conf", mode="644")
server.shell(name="command", commands=["true"])
