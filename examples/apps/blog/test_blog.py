"""python3 -m unittest, in this folder."""

import re
import unittest

import store
from app import app

PASSWORD = "correct horse battery staple"


class BlogTest(unittest.TestCase):
    def setUp(self):
        posts = store.open_sqlite(":memory:")
        self.addCleanup(posts.close)
        app.config.update(TESTING=True, BLOG_PASSWORD=PASSWORD, BLOG_STORE=posts)
        self.client = app.test_client()

    def token(self, path):
        return re.search(r'name="csrf" value="([^"]+)"', self.client.get(path).text).group(1)

    def post(self, path, form_at, **fields):
        return self.client.post(path, data={"csrf": self.token(form_at), **fields})

    def log_in(self, password=PASSWORD):
        return self.post("/login", "/login", password=password)

    def write(self, title, text):
        return self.post("/posts/new", "/posts/new", title=title, text=text)

    def test_nothing_yet(self):
        self.assertIn("Nothing has been written yet", self.client.get("/").text)

    def test_what_is_written_is_listed_and_shown(self):
        self.log_in()
        where = self.write("First", "One.\n\nTwo.").headers["Location"]
        self.assertIn('<a href="/posts/1">First</a>', self.client.get("/").text)
        self.assertIn("<p>Two.</p>", self.client.get(where).text)

    def test_the_newest_comes_first_and_older_ones_are_on_the_next_page(self):
        self.log_in()
        for number in range(1, 23):
            self.write(f"Post {number}", "text")
        first = self.client.get("/").text
        self.assertLess(first.index("Post 22"), first.index("Post 21"))
        self.assertNotIn(">Post 2<", first)
        older = self.client.get(re.search(r'href="(/\?before=\d+)"', first).group(1)).text
        self.assertEqual(re.findall(r">Post (\d+)<", older), ["2", "1"])

    def test_what_looks_like_html_is_text(self):
        self.log_in()
        where = self.write("<script>alert(1)</script>", "<img src=x onerror=alert(2)>").headers["Location"]
        for path in ("/", where):
            page = self.client.get(path).text
            self.assertIn("&lt;script&gt;alert(1)", page)
            self.assertNotIn("<script>", page)
            self.assertNotIn("<img", page)

    def test_refuses_a_form_of_another_site(self):
        self.log_in()
        self.client.get("/posts/new")
        for csrf in ({}, {"csrf": "guessed"}):
            answer = self.client.post("/posts/new", data={"title": "x", "text": "y", **csrf})
            self.assertEqual(answer.status_code, 400)
        self.assertIn("Nothing has been written yet", self.client.get("/").text)

    def test_refuses_who_is_not_its_author(self):
        answer = self.post("/posts/new", "/login", title="x", text="y")
        self.assertEqual(answer.headers["Location"], "/login")
        self.assertEqual(self.log_in("guessed").status_code, 403)
        self.assertEqual(self.client.get("/posts/new").status_code, 302)

    def test_refuses_everybody_where_there_is_no_password(self):
        app.config["BLOG_PASSWORD"] = None
        self.assertEqual(self.log_in("").status_code, 403)

    def test_refuses_a_post_without_a_title_and_keeps_its_text(self):
        self.log_in()
        answer = self.write(" ", "Much work.")
        self.assertEqual(answer.status_code, 422)
        self.assertIn("Much work.", answer.text)

    def test_a_post_can_be_deleted(self):
        self.log_in()
        where = self.write("Gone", "soon").headers["Location"]
        self.post(f"{where}/delete", where)
        self.assertEqual(self.client.get(where).status_code, 404)

    def test_who_has_logged_out_writes_no_more(self):
        self.log_in()
        self.post("/logout", "/")
        self.assertEqual(self.client.get("/posts/new").status_code, 302)

    def test_is_framed_by_nobody_and_runs_no_scripts_of_others(self):
        policy = self.client.get("/").headers["Content-Security-Policy"]
        self.assertIn("default-src 'self'", policy)
        self.assertIn("frame-ancestors 'none'", policy)

    def test_is_well_while_posts_can_be_read(self):
        self.assertEqual(self.client.get("/health").status_code, 200)


if __name__ == "__main__":
    unittest.main()
