"""How Sphinx builds the site: ``make docs``.

Reference pages that follow from the code are written to ``docs/generated/`` first, lessons are
executed, and the build ends with an error when a page would load something from elsewhere.
"""

import logging
import os
import shutil
import sys
from hashlib import sha256
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.highlighting import lexers

import fcsim

HERE = Path(__file__).parent
BUILD = HERE.parent / "build"
sys.path.insert(0, str(HERE))

from _generate.pages import write_pages  # noqa: E402

write_pages(HERE / "generated")

# Kernels of lessons have a profile of their own, whatever the user's is, and are silent.
PROFILE = BUILD / "ipython" / "profile_default"
PROFILE.mkdir(parents=True, exist_ok=True)
(PROFILE / "ipython_kernel_config.py").write_text("get_config().Application.log_level = 40\n")
os.environ["IPYTHONDIR"] = str(PROFILE.parent)
logging.getLogger("traitlets").setLevel(logging.WARNING)

# What lessons have shown is kept for as long as neither they nor the package change.
code = sha256()
for file in sorted(Path(fcsim.__file__).parent.rglob("*.*")):
    if file.suffix in {".py", ".yaml"}:
        code.update(file.read_bytes())
EXECUTED = BUILD / "executed" / code.hexdigest()[:16]
for other in EXECUTED.parent.glob("*"):
    if other != EXECUTED:
        shutil.rmtree(other) if other.is_dir() else other.unlink()

project = "fcsim"
author = "the fcsim authors"
release = version = fcsim.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "_sphinx.mathml",
    "_sphinx.offline",
]
smartquotes = False  # options begin with two hyphens
exclude_patterns = ["_*", "**/_*"]
nitpicky = True
nitpick_ignore_regex = [
    ("py:class", ".*"),  # types in signatures; those that a user meets are on the page
    (
        "py:(func|mod|meth|data)",
        r"fcsim\.(importers|results|scenario|sim|study)\..*",
    ),  # inner parts
]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
nb_execution_mode = "cache"
nb_execution_cache_path = str(EXECUTED)
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 60
nb_ipywidgets_js = {}
nb_merge_streams = True

autodoc_class_signature = "separated"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88

html_theme = "furo"
html_title = "fcsim"
html_math_renderer = "mathml"
html_copy_source = False
html_show_copyright = False
html_show_search_summary = False  # they are fetched, which browsers refuse for files
html_show_sourcelink = False
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["fcsim.css"]
copybutton_prompt_text = "$ "
copybutton_exclude = ".linenos, .gp, .go"

lexers["csv"] = TextLexer()  # Pygments has none
