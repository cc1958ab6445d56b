"""``python -m verte_desktop``."""

import sys

from verte_desktop.app import main

if __name__ == "__main__":
    sys.exit(main())
