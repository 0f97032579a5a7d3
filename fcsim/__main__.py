"""``python -m fcsim``: the same as the command ``fcsim``."""

import sys

from fcsim.cli import main

if __name__ == "__main__":
    sys.exit(main())
