"""Opens a page in a headless Chromium and says what is in it, and what went wrong."""

import json
import re
import shutil
import subprocess
from html import unescape

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-logging=stderr",
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
const probe = document.createElement("pre");
probe.id = "probe";
probe.textContent = JSON.stringify({found, fetched, problems});
document.body.append(probe);
</script>
</body>"""


def chromium():
    """Return the path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def look(page, folder, script="return null;", scheme="light"):
    """Open the text *page*; return what *script* returns, what was fetched and all problems."""
    watched = page.replace("<title>", f"{WATCH}<title>", 1)
    watched = watched[::-1].replace("</body>"[::-1], (PROBE % script)[::-1], 1)[::-1]
    file = folder / "page.html"
    file.write_text(watched, "utf-8")
    dark = int(scheme == "light")
    profile, colours = folder / "profile", f"--blink-settings=preferredColorScheme={dark}"
    command = [chromium(), *FLAGS, f"--user-data-dir={profile}", colours, "--dump-dom"]
    command.append(file.as_uri())
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    told = re.search(r'<pre id="probe">(.*?)</pre>', done.stdout, re.DOTALL)
    answer = json.loads(unescape(told[1]))
    answer["problems"] += [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return answer
