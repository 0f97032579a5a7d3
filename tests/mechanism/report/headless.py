"""Opens pages in a headless Chromium and says what is in them, and what went wrong."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from html import escape, unescape

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-logging=stderr", "--window-size=1400,900",
)  # fmt: skip
WATCH = """
<script>
window.problems = [];
addEventListener("error", (event) => problems.push(String(event.message)));
addEventListener("securitypolicyviolation", (event) => problems.push(event.blockedURI));
</script>
"""
PROBE = """
<script>
const found = (() => { %s })();
const fetched = performance.getEntriesByType("resource").map((entry) => entry.name);
window.answer = {found, fetched, problems};
</script>
</body>"""
COLLECT = """
<pre id="answers"></pre>
<script>
addEventListener("load", () => {
  const answers = [...document.querySelectorAll("iframe")].map((one) => one.contentWindow.answer);
  document.getElementById("answers").textContent = JSON.stringify(answers);
});
</script>
"""


def chromium():
    """Return the path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@dataclass
class View:
    """A page, what is asked in it, and the width of the screen."""

    page: str
    script: str = "return null;"
    width: int = 1280
    dark: bool = False

    def frame(self):
        """Return the page as a frame with its probe."""
        watched = self.page.replace("<title>", f"{WATCH}<title>", 1)
        watched = watched[::-1].replace("</body>"[::-1], (PROBE % self.script)[::-1], 1)[::-1]
        scheme = "dark" if self.dark else "light"
        look = f"width:{self.width}px;height:800px;border:0;color-scheme:{scheme}"
        return f'<iframe style="{look}" srcdoc="{escape(watched)}"></iframe>'


def look(views, folder):
    """Open *views* in one browser; return what each found and fetched, and all problems.

    ``{found, fetched, problems}`` a view: *problems* are its errors and, of every view, what the
    browser's console said.
    """
    file = folder / "views.html"
    frames = "".join(view.frame() for view in views)
    file.write_text(f"<!DOCTYPE html><meta charset=utf-8>{frames}{COLLECT}", "utf-8")
    profile = f"--user-data-dir={folder / 'profile'}"
    command = [chromium(), *FLAGS, profile, "--dump-dom", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    told = re.search(r'<pre id="answers">(.*?)</pre>', done.stdout, re.DOTALL)
    answers = json.loads(unescape(told[1]))
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return [{**answer, "problems": answer["problems"] + console} for answer in answers]
