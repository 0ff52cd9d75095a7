"""A small blog: everybody reads, and its author, who knows the password, writes.

Posts lie in PostgreSQL where the cluster has it (`uses: [postgresql]`), else in SQLite on the server itself, which suits a
single one. The password is the secret `flask-app.admin` of the cluster.
"""

import os
import secrets
from functools import wraps
from pathlib import Path

from flask import Flask, abort, flash, g, redirect, render_template, request, session, url_for
from werkzeug.middleware.proxy_fix import ProxyFix

from store import open_store

TITLE_LIMIT = 200
POSTS_A_PAGE = 20


def credential(name):
    """A secret that the cluster gives; None where the blog runs elsewhere."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = Path(folder, name) if folder else None
    return path.read_text().strip() if path and path.exists() else None


app = Flask(__name__)
app.config.update(
    SECRET_KEY=credential("flask-app.session") or secrets.token_hex(32),
    SESSION_COOKIE_HTTPONLY=True,
    SESSION_COOKIE_SAMESITE="Lax",
    MAX_CONTENT_LENGTH=256 * 1024,
    BLOG_TITLE=os.environ.get("BLOG_TITLE", "Blog"),
    BLOG_PASSWORD=credential("flask-app.admin"),
    BLOG_STORE=None,
)
# nginx, which nobody can go around, says who the client is and how it came.
app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)


def posts():
    """The store of the request that is being answered."""
    if "store" not in g:
        g.store = app.config["BLOG_STORE"] or open_store()
    return g.store


@app.teardown_appcontext
def close_store(_error):
    store = g.pop("store", None)
    if store is not None and store is not app.config["BLOG_STORE"]:
        store.close()


def csrf_token():
    """What a form of ours holds, and no other site can know."""
    return session.setdefault("csrf", secrets.token_urlsafe(32))


app.jinja_env.globals["csrf_token"] = csrf_token


@app.before_request
def refuse_foreign_forms():
    if request.method == "POST":
        known = session.get("csrf", "")
        if not known or not secrets.compare_digest(known.encode(), request.form.get("csrf", "").encode()):
            abort(400, "This form is not of this site, or too old. Go back, load it again, and send it once more.")


@app.after_request
def harden(response):
    response.headers.setdefault("Content-Security-Policy", "default-src 'self'; form-action 'self'; frame-ancestors 'none'")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if session.get("author") or request.method == "POST":
        response.headers["Cache-Control"] = "no-store"
    return response


def author_only(view):
    @wraps(view)
    def guarded(*args, **kwargs):
        return view(*args, **kwargs) if session.get("author") else redirect(url_for("login"))

    return guarded


@app.get("/")
def index():
    before = request.args.get("before", type=int)
    shown = posts().latest(POSTS_A_PAGE + 1, before)
    older = shown[POSTS_A_PAGE - 1].id if len(shown) > POSTS_A_PAGE else None
    return render_template("index.html", posts=shown[:POSTS_A_PAGE], older=older)


@app.get("/posts/<int:number>")
def show(number):
    return render_template("post.html", post=posts().find(number) or abort(404))


@app.route("/posts/new", methods=["GET", "POST"])
@author_only
def write():
    title, text = (request.form.get(name, "").strip() for name in ("title", "text"))
    if request.method == "GET":
        return render_template("write.html", title="", text="")
    if not title or not text or len(title) > TITLE_LIMIT:
        flash(f"A post needs a title of at most {TITLE_LIMIT} characters, and a text.")
        return render_template("write.html", title=title, text=text), 422
    return redirect(url_for("show", number=posts().add(title, text)), 303)


@app.post("/posts/<int:number>/delete")
@author_only
def delete(number):
    posts().remove(number)
    return redirect(url_for("index"), 303)


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return render_template("login.html")
    password = app.config["BLOG_PASSWORD"]
    given = request.form.get("password", "")
    if not password or not secrets.compare_digest(password.encode(), given.encode()):
        flash("That is not the password.")
        return render_template("login.html"), 403
    session.clear()
    session["author"] = True
    return redirect(url_for("index"), 303)


@app.post("/logout")
def logout():
    session.clear()
    return redirect(url_for("index"), 303)


@app.get("/health")
def health():
    """Answered with 200 while posts can be read."""
    posts().latest(1)
    return "well\n", {"Content-Type": "text/plain"}
